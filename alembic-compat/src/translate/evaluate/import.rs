//! `import`, and modules of the project that are read for it.

use std::rc::Rc;

use ruff_python_ast::name::Name;
use ruff_python_ast::{Stmt, StmtImport, StmtImportFrom};
use ruff_text_size::Ranged;

use super::local::{Handle, Known, Local, Stop, named};
use super::scope::{Binding, Kind, Scope};
use super::source::{Place, Source};
use super::{DEPTH, Evaluator, Module, raises};
use crate::translate::Untranslated;
use crate::translate::value::Value;

impl<'a> Evaluator<'a, '_> {
    /// Follows the revision from its first statement to its last.
    ///
    /// What cannot be followed is refused only where the script uses it.
    pub(super) fn load(&mut self, source: &'a Source) -> Known<usize> {
        let number = self.open(source);
        self.follow(number)?;
        // Calls of unknown functions while a module is loaded set it up and touch no database.
        self.foreign.clear();
        Ok(number)
    }

    /// Takes a module in, without following it.
    fn open(&mut self, source: &'a Source) -> usize {
        let number = self.modules.len();
        let scope = Scope::new(Kind::Module(number), None);
        let name = match source.name.as_str() {
            "" => "revision",
            name => name,
        };
        scope.set("__name__".into(), Ok(Value::Text(name.into())));
        scope.set("__doc__".into(), Ok(Value::None));
        let own_path = Untranslated::new(0, "uses its own path");
        scope.set("__file__".into(), Err(own_path));
        self.modules.push(Module {
            source,
            scope,
            followed: false,
        });
        number
    }

    /// Follows all statements of a module.
    fn follow(&mut self, number: usize) -> Known<()> {
        let Module {
            source,
            scope,
            followed,
        } = &mut self.modules[number];
        if std::mem::replace(followed, true) {
            return Ok(());
        }
        let (source, scope) = (*source, Rc::clone(scope));
        self.inside(number, |this| this.all(source.body(), &scope))
    }

    /// Tells whether a module is loaded before anything of the script runs: it is the script, or is
    /// imported at its own level.
    fn is_loaded_before(&self, number: usize) -> bool {
        let name = self.modules[number].source.name.as_str();
        // A module is loaded with those that it is in.
        let loads = |module: &str| {
            let inner = module.strip_prefix(name);
            inner.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let imports = |statement: &Stmt| match statement {
            Stmt::Import(import) => import.names.iter().any(|alias| loads(&alias.name)),
            Stmt::ImportFrom(import) if import.level == 0 => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                let mut names = import.names.iter();
                loads(module) || names.any(|alias| format!("{module}.{}", alias.name) == name)
            }
            _ => false,
        };
        number == 0 || self.modules[0].source.body().iter().any(imports)
    }

    /// Follows something of a module that is being loaded.
    fn inside<T>(&mut self, number: usize, what: impl FnOnce(&mut Self) -> T) -> T {
        let module = std::mem::replace(&mut self.module, number);
        let line = self.line;
        let foreign = self.foreign.len();
        let attempts = self.attempts;
        if attempts > 0 && self.is_loaded_before(number) {
            self.attempts = 0;
        }
        self.loading += 1;
        let done = what(self);
        self.loading -= 1;
        self.attempts = attempts;
        self.foreign.truncate(foreign);
        self.line = line;
        self.module = module;
        done
    }

    /// Returns what a module has under a name; only the statements that set it are followed.
    pub(super) fn name_of_module(&mut self, number: usize, name: &str) -> Known<Option<Binding>> {
        let module = &self.modules[number];
        let (source, scope) = (module.source, Rc::clone(&module.scope));
        if number != 0 && source.reach().sets(name) {
            let module = &source.name;
            return Err(self.refuse(format!("uses `{name}` of `{module}`, which changes it")));
        }
        if let Some(binding) = scope.own(name) {
            return Ok(Some(binding));
        }
        if module.followed {
            return Ok(None);
        }
        match source.place(name) {
            Place::Nowhere => Ok(None),
            Place::All => {
                self.follow(number)?;
                Ok(scope.own(name))
            }
            Place::One(at) => {
                if self.under_way.contains(&(number, at)) || self.depth >= DEPTH {
                    return Ok(None);
                }
                self.under_way.push((number, at));
                self.depth += 4;
                let statement = std::slice::from_ref(&source.body()[at]);
                let done = self.inside(number, |this| this.all(statement, &scope));
                self.depth -= 4;
                self.under_way.pop();
                done.map(|()| scope.own(name))
            }
        }
    }

    /// Follows all statements of a module or class, past those that cannot be followed.
    pub(super) fn all(&mut self, body: &'a [Stmt], scope: &Rc<Scope>) -> Known<()> {
        for statement in body {
            let Err(stop) = self.statement(statement, scope) else {
                continue;
            };
            let refused = match *stop {
                Stop::Refused(refused) => refused,
                Stop::Raised(exception) if self.module != 0 || scope.kind == Kind::Class => {
                    raises(&exception)
                }
                raised @ Stop::Raised(_) => return Err(Box::new(raised)),
            };
            self.poison(statement, &refused, scope);
        }
        Ok(())
    }

    /// `import a.b`, `import a.b as c`
    pub(super) fn import(&mut self, import: &'a StmtImport, scope: &Rc<Scope>) -> Known<()> {
        for alias in &import.names {
            self.at(alias.start());
            let module = alias.name.as_str();
            let (name, path) = match &alias.asname {
                Some(name) => (name.id.clone(), module),
                None => {
                    let root = module.split('.').next().unwrap_or(module);
                    (Name::new(root), root)
                }
            };
            self.doubt(module);
            let value = self.imported(path);
            self.bind(&name, value, scope);
        }
        Ok(())
    }

    /// `from a import b`
    pub(super) fn import_from(
        &mut self,
        import: &'a StmtImportFrom,
        scope: &Rc<Scope>,
    ) -> Known<()> {
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        let module = self.absolute(import.level, module)?;
        self.doubt(&module);
        for alias in &import.names {
            self.at(alias.start());
            let name = &alias.asname.as_ref().unwrap_or(&alias.name).id;
            if alias.name.as_str() == "*" {
                self.import_all(&module, scope)?;
                continue;
            }
            let path = format!("{module}.{}", alias.name);
            let is_known = super::library::is_there(&path) || !super::library::is_standard(&module);
            if self.attempts > 0 && !is_known {
                // Which other names a version has is not known.
                self.doubted = Some(path.clone());
            }
            let value = match self.patched(&path) {
                Some(patched) => patched.map_err(|refused| Box::new(Stop::Refused(refused)))?,
                None => self.imported(&path),
            };
            self.bind(name, value, scope);
        }
        Ok(())
    }

    fn import_all(&mut self, module: &str, scope: &Rc<Scope>) -> Known<()> {
        if module == "typing" {
            return Ok(());
        }
        let Some(number) = self.module_of(module) else {
            // Every name that is not known may be one of these.
            let why = format!("imports `*` from `{module}`");
            let refused = Untranslated::new(self.line, why);
            scope.module().set("*".into(), Err(refused.clone()));
            return Err(Box::new(Stop::Refused(refused)));
        };
        self.follow(number)?;
        let from = Rc::clone(&self.modules[number].scope);
        for name in from.names() {
            if !name.starts_with('_')
                && let Some(binding) = from.own(&name)
            {
                scope.set(name, binding);
            }
        }
        Ok(())
    }

    /// Returns the full name of a module that is named relative to the one it is imported in.
    fn absolute(&self, level: u32, module: &str) -> Known<String> {
        if level == 0 {
            return Ok(module.to_owned());
        }
        let source = self.modules[self.module].source;
        let mut parts: Vec<&str> = source.name.split('.').collect();
        let up = level - u32::from(source.package);
        for _ in 0..up {
            if parts.pop().is_none() || source.name.is_empty() {
                return Err(self.refuse("imports relative to its own place"));
            }
        }
        if !module.is_empty() {
            parts.push(module);
        }
        Ok(parts.join("."))
    }

    /// Notes an import that may fail.
    fn doubt(&mut self, module: &str) {
        let there = super::library::is_standard(module) && !module.contains('.')
            || super::library::is_module(module);
        // It is looked into in any case, for what it changes.
        let there = self.module_of(module).is_some() || there;
        if self.attempts > 0 && !there {
            self.doubted = Some(module.to_owned());
        }
    }

    /// Returns what is imported under a full name: a symbol, to be looked into when it is used.
    fn imported(&self, path: &str) -> Value {
        named(self.line, super::library::brought_home(path.to_owned()))
    }

    /// Looks into a name of the project, where its module can be read.
    pub(super) fn resolved(&mut self, binding: Binding, name: &Name, scope: &Rc<Scope>) -> Known {
        let value = match binding {
            Ok(value) => value,
            Err(mut refused) => {
                // The place of the name is what a person has to look at.
                if self.loading == 0 && refused.line == 0 {
                    refused.line = self.line;
                }
                return Err(Box::new(Stop::Refused(refused)));
            }
        };
        let Some(path) = super::local::path(&value) else {
            return Ok(value);
        };
        if let Some(constant) = constant(path) {
            return Ok(constant);
        }
        let found = self.found_in_project(path)?;
        match found {
            Some(found) => {
                scope.set(name.clone(), Ok(found.clone()));
                Ok(found)
            }
            None => Ok(value),
        }
    }

    /// Returns what a full name of the project stands for, where its source says so.
    pub(super) fn found_in_project(&mut self, path: &str) -> Known<Option<Value>> {
        if self.settings.python_path.is_empty()
            || super::library::is_known(path)
            || self.is_configured(path)
        {
            return Ok(None);
        }
        if let Some(number) = self.module_of(path) {
            return Ok(Some(Local::Module(number).into()));
        }
        let Some((module, name)) = path.rsplit_once('.') else {
            return Ok(None);
        };
        match self.module_of(module) {
            Some(number) => self.member_of_module(number, &name.into()),
            None => Ok(None),
        }
    }

    /// Tells whether the settings say what a name of the project is.
    fn is_configured(&self, path: &str) -> bool {
        let settings = self.settings;
        settings.types.contains_key(path) || settings.ignore.iter().any(|ignored| ignored == path)
    }

    /// Returns what a module of the project has under a name, where that is known.
    pub(super) fn member_of_module(&mut self, number: usize, name: &Name) -> Known<Option<Value>> {
        let path = format!("{}.{name}", self.modules[number].source.name);
        if self.is_configured(&path) {
            return Ok(None);
        }
        let binding = self.name_of_module(number, name)?;
        let module = &self.modules[number];
        let scope = Rc::clone(&module.scope);
        match binding {
            Some(Ok(value)) => self.resolved(Ok(value), name, &scope).map(Some),
            Some(Err(_)) => Ok(None),
            None => {
                let found = self.module_of(&path);
                Ok(found.map(|number| Local::Module(number).into()))
            }
        }
    }

    /// Returns the number of a module of the project.
    fn module_of(&mut self, path: &str) -> Option<usize> {
        if let Some(known) = self.found.get(path) {
            return *known;
        }
        let source = self.library.module(&self.settings.python_path, path);
        let number = source.map(|source| self.open(source));
        if let Some(source) = source
            && let Some((at, what)) = source.tampers()
        {
            let place = format!("`{}`, line {}", source.name, source.line(*at));
            // It is imported, and that is enough.
            let _ = self.tamper(format!("imports {place}, which {what}"));
        }
        self.found.insert(path.to_owned(), number);
        number
    }
}

/// Returns what a name is worth that Python or Alembic sets.
pub(super) fn constant(path: &str) -> Option<Value> {
    match path {
        "typing.TYPE_CHECKING" => Some(Value::Bool(false)),
        "alembic.op._proxy.migration_context" => Some(Handle::Context.into()),
        _ => None,
    }
}
