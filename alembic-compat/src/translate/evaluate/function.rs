//! Functions: how they are defined, called and left.

use std::rc::Rc;

use ruff_python_ast::{Expr, ExprLambda, Parameters, Stmt, StmtFunctionDef, WithItem};
use ruff_text_size::Ranged;

use super::local::{Decorates, Function, Known, Local, Role, list, path};
use super::scope::{Code, Definition, Kind, Scope};
use super::statement::Flow;
use super::{DEPTH, Evaluator};
use crate::translate::value::{Arguments, Value};

/// Where a method finds the class that it is written in.
pub(super) const OWNER: &str = "__owner__";

/// Where a method finds what it is a method of.
pub(super) const RECEIVER: &str = "__receiver__";

/// A call under way.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// What happens at a `yield`.
    pub(super) yields: Yields<'a>,
}

/// What a generator's `yield` leads to.
#[derive(Debug)]
pub(super) enum Yields<'a> {
    /// Nothing can be yielded.
    Nowhere,
    /// Into what the generator is worth.
    Items(Vec<Value>),
    /// Into the block of a `with`.
    Block(Block<'a>),
    /// The block was followed, and ended so.
    Done(Flow),
}

/// What a context manager is given to do: where its value goes, the further managers, and the block.
pub(super) type Block<'a> = (Option<&'a Expr>, &'a [WithItem], &'a [Stmt], Rc<Scope>);

impl<'a> Evaluator<'a, '_> {
    /// Notes a function's text and returns its number.
    fn definition(&mut self, code: Code<'a>) -> usize {
        let address = match code {
            Code::Def(def) => std::ptr::from_ref(def) as usize,
            Code::Lambda(lambda) => std::ptr::from_ref(lambda) as usize,
        };
        if let Some(number) = self.defined.get(&address) {
            return *number;
        }
        let number = self.definitions.len();
        self.definitions.push(Definition::of(code));
        self.defined.insert(address, number);
        number
    }

    /// `def`
    pub(super) fn define(&mut self, def: &'a StmtFunctionDef, scope: &Rc<Scope>) -> Known<()> {
        let mut role = Role::Plain;
        let mut kept = false;
        let mut name = def.name.id.clone();
        let mut outer = Vec::new();
        for decorator in &def.decorator_list {
            let decorator = self.evaluate(&decorator.expression, scope)?;
            match path(&decorator).unwrap_or_default() {
                "builtins.staticmethod" => role = Role::Static,
                "builtins.classmethod" => role = Role::OfClass,
                "builtins.property" => role = Role::Property,
                "functools.cached_property" => (role, kept) = (Role::Property, true),
                "contextlib.contextmanager" => role = Role::Manager,
                "functools.lru_cache" | "functools.cache" => kept = true,
                _ => match Local::of(&decorator) {
                    Some(Local::Decorator(Decorates::Keeps)) => kept = true,
                    Some(Local::Decorator(Decorates::Names(like))) => name = like.clone(),
                    Some(Local::Ignored) => {}
                    Some(Local::Function(_)) => outer.push(decorator),
                    _ => {
                        let what = super::local::describe(&decorator);
                        let name = &def.name.id;
                        return Err(self.refuse(format!("decorates `{name}` with {what}")));
                    }
                },
            }
        }
        if def.is_async {
            return Err(self.refuse(format!("defines `{}` as `async`", def.name.id)));
        }
        let defaults = self.defaults(&def.parameters, scope)?;
        let definition = self.definition(Code::Def(def));
        let mut function: Value = Local::Function(Function {
            name,
            definition,
            module: self.module,
            closure: self.capture(scope),
            owner: (scope.kind == Kind::Class).then(|| Rc::clone(scope)),
            defaults,
            role,
            kept,
        })
        .into();
        for decorator in outer.into_iter().rev() {
            let arguments = Arguments {
                positional: vec![function],
                named: Vec::new(),
            };
            function = self.apply(&decorator, arguments)?;
        }
        self.bind(&def.name.id, function, scope);
        Ok(())
    }

    /// `lambda`
    pub(super) fn lambda(&mut self, lambda: &'a ExprLambda, scope: &Rc<Scope>) -> Known {
        let defaults = match &lambda.parameters {
            Some(parameters) => self.defaults(parameters, scope)?,
            None => Vec::new(),
        };
        Ok(Local::Function(Function {
            name: "<lambda>".into(),
            definition: self.definition(Code::Lambda(lambda)),
            module: self.module,
            closure: self.capture(scope),
            owner: None,
            defaults,
            role: Role::Plain,
            kept: false,
        })
        .into())
    }

    /// Returns the scope that a function refers to: a class's names are not seen in its methods.
    fn capture(&mut self, scope: &Rc<Scope>) -> Rc<Scope> {
        let mut scope = scope;
        while scope.kind == Kind::Class
            && let Some(outer) = &scope.outer
        {
            scope = outer;
        }
        if !matches!(scope.kind, Kind::Module(_)) {
            self.captured.push(Rc::clone(scope));
        }
        Rc::clone(scope)
    }

    fn defaults(
        &mut self,
        parameters: &'a Parameters,
        scope: &Rc<Scope>,
    ) -> Known<Vec<Option<Value>>> {
        let mut defaults = Vec::new();
        for parameter in parameters.iter_non_variadic_params() {
            defaults.push(match &parameter.default {
                Some(default) => Some(self.evaluate(default, scope)?),
                None => None,
            });
        }
        Ok(defaults)
    }

    /// Calls `upgrade` or `downgrade`.
    pub(super) fn enter(&mut self, function: &Function) -> Known<()> {
        let definition = &self.definitions[function.definition];
        let required = match definition.code {
            Code::Def(def) => def
                .parameters
                .iter_non_variadic_params()
                .zip(&function.defaults),
            Code::Lambda(_) => return Err(self.refuse("has something else than a function to run")),
        };
        let mut required = required.filter(|(_, default)| default.is_none());
        if let Some((parameter, _)) = required.next() {
            let name = parameter.parameter.name.id.clone();
            let reason = format!("takes an argument `{name}` that only `env.py` knows");
            self.at(parameter.start());
            return Err(self.refuse(reason));
        }
        if definition.yields {
            if let Code::Def(def) = definition.code {
                self.at(def.name.start());
            }
            return Err(self.refuse("is a generator"));
        }
        self.call_function(function, Arguments::default())?;
        Ok(())
    }

    /// Calls a function of the script.
    pub(super) fn call_function(&mut self, function: &Function, arguments: Arguments) -> Known {
        let yields = match self.definitions[function.definition].yields {
            true => Yields::Items(Vec::new()),
            false => Yields::Nowhere,
        };
        if matches!(yields, Yields::Nowhere) {
            let before = (self.deeds, self.asked, self.changed);
            let value = self.activate(function, arguments, yields)?.0;
            let changeable = matches!(value, Value::List(_) | Value::Dict(_) | Value::Set(_));
            let alike = !changeable && before == (self.deeds, self.asked, self.changed);
            if function.kept && !alike {
                let name = &function.name;
                return Err(self.refuse(format!("keeps what `{name}()` returned, which does more")));
            }
            return Ok(value);
        }
        let ahead = self.ahead();
        let items = self.activate(function, arguments, yields);
        let items = items.map(|(_, yields)| match yields {
            Yields::Items(items) => items,
            _ => Vec::new(),
        });
        self.exhausted(items, &ahead)
    }

    /// Follows a function that `contextlib.contextmanager` decorates, with the block in its midst.
    pub(super) fn manage(
        &mut self,
        function: Value,
        arguments: Arguments,
        (target, rest, body, scope): (Option<&'a Expr>, &'a [WithItem], &'a [Stmt], &Rc<Scope>),
    ) -> Known<Flow> {
        let Some(Local::Function(function)) = Local::of(&function) else {
            return Err(self.refuse("enters something else than a function with `with`"));
        };
        let block = (target, rest, body, Rc::clone(scope));
        let (_, yields) = self.activate(function, arguments, Yields::Block(block))?;
        match yields {
            Yields::Done(flow) => Ok(flow),
            _ => Err(self.raise("RuntimeError", "generator didn't yield")),
        }
    }

    /// `yield`
    pub(super) fn yielded(&mut self, value: Value) -> Known {
        let Some(frame) = self.frames.last_mut() else {
            return Err(self.refuse("yields outside of a function"));
        };
        match &mut frame.yields {
            Yields::Items(items) => {
                items.push(value);
                Ok(Value::None)
            }
            Yields::Block(_) => {
                let Yields::Block((target, rest, body, scope)) =
                    std::mem::replace(&mut frame.yields, Yields::Nowhere)
                else {
                    return Ok(Value::None);
                };
                // The block belongs to the function around it.
                let own = self.frames.pop();
                let around = match scope.module().kind {
                    Kind::Module(number) => number,
                    _ => self.module,
                };
                let module = std::mem::replace(&mut self.module, around);
                let flow = match target {
                    Some(target) => self.assign(target, value, &scope),
                    None => Ok(()),
                }
                .and_then(|()| self.within(rest, body, &scope));
                self.module = module;
                self.frames.extend(own);
                // The manager may go on after an exception, and then the block is done, too.
                let (done, result) = match flow {
                    Ok(flow) => (flow, Ok(Value::None)),
                    Err(stop) => (Flow::Next, Err(stop)),
                };
                if let Some(frame) = self.frames.last_mut() {
                    frame.yields = Yields::Done(done);
                }
                result
            }
            Yields::Done(_) => Err(self.raise("RuntimeError", "generator didn't stop")),
            Yields::Nowhere => Err(self.refuse("yields twice into one block")),
        }
    }

    fn activate(
        &mut self,
        function: &Function,
        arguments: Arguments,
        yields: Yields<'a>,
    ) -> Known<(Value, Yields<'a>)> {
        self.step()?;
        if self.depth >= DEPTH {
            return Err(self.too_deep("calls"));
        }
        let scope = Scope::new(
            Kind::Function(function.definition),
            Some(Rc::clone(&function.closure)),
        );
        let code = self.definitions[function.definition].code;
        let line = self.line;
        if let (Some(owner), Some(receiver)) = (&function.owner, arguments.positional.first()) {
            let owner = Local::Scope(Rc::clone(owner)).into();
            scope.set(OWNER.into(), Ok(owner));
            scope.set(RECEIVER.into(), Ok(receiver.clone()));
        }
        match code {
            Code::Def(def) => self.accept(&def.parameters, function, arguments, &scope)?,
            Code::Lambda(lambda) => match &lambda.parameters {
                Some(parameters) => self.accept(parameters, function, arguments, &scope)?,
                None if arguments.positional.is_empty() && arguments.named.is_empty() => {}
                None => return Err(self.fails("TypeError", "too many arguments")),
            },
        }
        let module = std::mem::replace(&mut self.module, function.module);
        self.depth += 4;
        self.frames.push(Frame { yields });
        let value = match code {
            Code::Def(def) => self.body(&def.body, &scope).map(|flow| match flow {
                Flow::Return(value) => value,
                _ => Value::None,
            }),
            Code::Lambda(lambda) => self.evaluate(&lambda.body, &scope),
        };
        let frame = self.frames.pop();
        self.depth -= 4;
        self.module = module;
        let value = value?;
        self.line = line;
        let yields = frame.map_or(Yields::Nowhere, |frame| frame.yields);
        Ok((value, yields))
    }

    /// Gives the parameters their values.
    fn accept(
        &mut self,
        parameters: &'a Parameters,
        function: &Function,
        arguments: Arguments,
        scope: &Scope,
    ) -> Known<()> {
        let Arguments { positional, named } = arguments;
        let wrong = |what: String| format!("{}() {what}", function.name);
        let mut positional = positional.into_iter();
        let mut named: Vec<Option<(String, Value)>> = named.into_iter().map(Some).collect();
        let by_position = parameters.posonlyargs.len() + parameters.args.len();
        let only_position = parameters.posonlyargs.len();
        // Defaults stand in the order of the parameters, `*` left out.
        let written = parameters
            .iter_non_variadic_params()
            .zip(&function.defaults);
        for (index, (parameter, default)) in written.enumerate() {
            let name = &parameter.parameter.name.id;
            let by_name = named.iter_mut().find(|given| {
                given
                    .as_ref()
                    .is_some_and(|(given, _)| given == name.as_str())
                    && index >= only_position
            });
            let placed = match index < by_position {
                true => positional.next(),
                false => None,
            };
            let value = match (placed, by_name) {
                (Some(_), Some(_)) => {
                    let what = wrong(format!("got multiple values for argument '{name}'"));
                    return Err(self.fails("TypeError", what));
                }
                (Some(value), None) => value,
                (None, Some(given)) => match given.take() {
                    Some((_, value)) => value,
                    None => Value::None,
                },
                (None, None) => match default {
                    Some(default) => default.clone(),
                    None => {
                        let what = wrong(format!("missing a required argument: '{name}'"));
                        return Err(self.fails("TypeError", what));
                    }
                },
            };
            scope.set(name.clone(), Ok(value));
        }
        let rest: Vec<Value> = positional.collect();
        match &parameters.vararg {
            Some(parameter) => {
                let name = parameter.name.id.clone();
                scope.set(name, Ok(Value::Tuple(rest.into())));
            }
            None if rest.is_empty() => {}
            None => {
                let what = wrong("takes fewer positional arguments than were given".to_owned());
                return Err(self.fails("TypeError", what));
            }
        }
        let mut rest = named.into_iter().flatten();
        match &parameters.kwarg {
            Some(parameter) => {
                let pairs = rest.map(|(name, value)| (Value::Text(name.into()), value));
                let name = parameter.name.id.clone();
                scope.set(name, Ok(super::local::dict(pairs.collect())));
            }
            None => {
                if let Some((name, _)) = rest.next() {
                    let what = wrong(format!("got an unexpected keyword argument '{name}'"));
                    return Err(self.fails("TypeError", what));
                }
            }
        }
        Ok(())
    }

    /// Spreads a list out, as `*` does.
    pub(super) fn spread(&mut self, value: &Value) -> Known<Vec<Value>> {
        let mut items = Vec::new();
        let mut walk = self.walker(value)?;
        while let Some(item) = self.next(&mut walk)? {
            self.step()?;
            items.push(item);
        }
        Ok(items)
    }

    /// Spreads a value out into a list of its own.
    pub(super) fn spread_list(&mut self, value: &Value) -> Known {
        Ok(list(self.spread(value)?))
    }
}

/// Tells whether a statement may leave a block other than by raising.
pub(super) fn leaves(statement: &Stmt) -> bool {
    use ruff_python_ast::visitor::{self, Visitor};
    #[derive(Default)]
    struct Leaves(bool);
    impl<'a> Visitor<'a> for Leaves {
        fn visit_stmt(&mut self, statement: &'a Stmt) {
            match statement {
                Stmt::Return(_) | Stmt::Break(_) | Stmt::Continue(_) => self.0 = true,
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                other => visitor::walk_stmt(self, other),
            }
        }
    }
    let mut found = Leaves::default();
    found.visit_stmt(statement);
    found.0
}
