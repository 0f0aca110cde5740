//! Operators, how tightly they bind in SQLAlchemy's eyes, and what undoes them.
//!
//! Parentheses are written where SQLAlchemy writes them, which is more often than PostgreSQL asks.

/// An operator, or something that brackets its operands as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::translate::render) enum Operator {
    And,
    Or,
    /// `NOT`
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Is,
    IsNot,
    IsDistinctFrom,
    IsNotDistinctFrom,
    Like,
    NotLike,
    Ilike,
    NotIlike,
    In,
    NotIn,
    Between,
    NotBetween,
    RegexpMatch,
    NotRegexpMatch,
    RegexpMatchI,
    NotRegexpMatchI,
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Negative,
    Concat,
    BitAnd,
    BitOr,
    BitXor,
    Collate,
    Distinct,
    Exists,
    Any,
    All,
    /// `->`, or a subscript of JSONB.
    JsonItem,
    /// `->>`
    JsonText,
    /// `#>`
    JsonPath,
    /// `#>>`
    JsonPathText,
    /// `a[i]`
    Item,
    /// `@>`, `<@`, `?`, `?&` and `?|`, which PostgreSQL's own types have methods for.
    Special(&'static str),
    /// `&&`
    Overlap,
    /// `col.op('…')`, whose word stands beside it, and how tightly it is said to bind.
    Custom {
        precedence: i32,
        comparison: bool,
    },
    /// `contains`, `startswith` and `endswith`, which become `LIKE`.
    Affix,
    NotAffix,
    Descending,
    Ascending,
    /// `NULLS FIRST` and `NULLS LAST`
    NullsOrder,
    /// `FILTER (WHERE …)`
    Filter,
    /// Where a truth value is asked for.
    AsBoolean,
    /// No operator at all, which brackets whatever has one.
    Nothing,
}

impl Operator {
    /// Returns how tightly it binds; what binds as loosely as its surroundings gets parentheses.
    fn precedence(self) -> i32 {
        match self {
            Self::Any | Self::All | Self::Item | Self::JsonItem | Self::JsonPath => 15,
            Self::JsonText | Self::JsonPathText => 15,
            Self::Multiply | Self::Divide | Self::FloorDivide | Self::Modulo | Self::Negative => 8,
            Self::Add | Self::Subtract | Self::BitAnd | Self::BitOr | Self::BitXor => 7,
            Self::Filter => 6,
            Self::Concat
            | Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::Is
            | Self::IsNot
            | Self::IsDistinctFrom
            | Self::IsNotDistinctFrom
            | Self::Like
            | Self::NotLike
            | Self::Ilike
            | Self::NotIlike
            | Self::In
            | Self::NotIn
            | Self::Between
            | Self::NotBetween
            | Self::RegexpMatch
            | Self::NotRegexpMatch
            | Self::RegexpMatchI
            | Self::NotRegexpMatchI
            | Self::Special(_)
            | Self::Overlap
            | Self::Distinct
            | Self::Not => 5,
            Self::Collate => 4,
            Self::And | Self::Descending | Self::Ascending => 3,
            Self::Or => 2,
            Self::Exists => 0,
            Self::AsBoolean => -10,
            Self::Custom { precedence, .. } => precedence,
            Self::Affix | Self::NotAffix | Self::NullsOrder => -100,
            Self::Nothing => 100,
        }
    }

    /// Whether an expression made with it needs parentheses as an operand of another.
    pub fn yields_to(self, against: Self) -> bool {
        if self == against && self.is_associative() {
            return false;
        }
        // What has no place among the others gives way to all of them, and they to it.
        let against = match against {
            Self::Affix | Self::NotAffix | Self::NullsOrder => Self::Nothing,
            against => against,
        };
        self.precedence() <= against.precedence()
    }

    /// Whether a chain of it needs no parentheses.
    pub fn is_associative(self) -> bool {
        matches!(
            self,
            Self::And
                | Self::Or
                | Self::Concat
                | Self::Add
                | Self::Multiply
                | Self::Item
                | Self::JsonItem
                | Self::JsonPath
                | Self::JsonText
                | Self::JsonPathText
                | Self::Special(_)
        )
    }

    /// Whether what it makes is a truth value by itself.
    pub fn is_boolean(self) -> bool {
        match self {
            Self::Custom { comparison, .. } => comparison,
            Self::And | Self::Or | Self::Not => true,
            Self::Special(_) | Self::Overlap => true,
            _ => self.negation().is_some(),
        }
    }

    /// Returns the operator that says the opposite.
    pub fn negation(self) -> Option<Self> {
        Some(match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Greater => Self::LessOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Is => Self::IsNot,
            Self::IsNot => Self::Is,
            Self::IsDistinctFrom => Self::IsNotDistinctFrom,
            Self::IsNotDistinctFrom => Self::IsDistinctFrom,
            Self::Like => Self::NotLike,
            Self::NotLike => Self::Like,
            Self::Ilike => Self::NotIlike,
            Self::NotIlike => Self::Ilike,
            Self::In => Self::NotIn,
            Self::NotIn => Self::In,
            Self::Between => Self::NotBetween,
            Self::NotBetween => Self::Between,
            Self::RegexpMatch => Self::NotRegexpMatch,
            Self::NotRegexpMatch => Self::RegexpMatch,
            Self::RegexpMatchI => Self::NotRegexpMatchI,
            Self::NotRegexpMatchI => Self::RegexpMatchI,
            Self::Affix => Self::NotAffix,
            Self::NotAffix => Self::Affix,
            _ => return None,
        })
    }

    /// Returns it as it stands between two operands, or before one.
    pub fn sql(self) -> &'static str {
        match self {
            Self::And => "AND",
            Self::Or => "OR",
            Self::Not => "NOT",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Is => "IS",
            Self::IsNot => "IS NOT",
            Self::IsDistinctFrom => "IS DISTINCT FROM",
            Self::IsNotDistinctFrom => "IS NOT DISTINCT FROM",
            Self::Like => "LIKE",
            Self::NotLike => "NOT LIKE",
            Self::Ilike => "ILIKE",
            Self::NotIlike => "NOT ILIKE",
            Self::In => "IN",
            Self::NotIn => "NOT IN",
            Self::Between => "BETWEEN",
            Self::NotBetween => "NOT BETWEEN",
            Self::RegexpMatch => "~",
            Self::NotRegexpMatch => "!~",
            Self::RegexpMatchI => "~*",
            Self::NotRegexpMatchI => "!~*",
            Self::Add => "+",
            Self::Subtract | Self::Negative => "-",
            Self::Multiply => "*",
            Self::Divide | Self::FloorDivide => "/",
            Self::Modulo => "%",
            Self::Concat => "||",
            Self::BitAnd => "&",
            Self::BitOr => "|",
            Self::BitXor => "#",
            Self::Collate => "COLLATE",
            Self::Distinct => "DISTINCT",
            Self::Exists => "EXISTS",
            Self::Any => "ANY",
            Self::All => "ALL",
            Self::JsonItem => "->",
            Self::JsonText => "->>",
            Self::JsonPath => "#>",
            Self::JsonPathText => "#>>",
            Self::Special(sql) => sql,
            Self::Overlap => "&&",
            Self::Affix => "LIKE",
            Self::NotAffix => "NOT LIKE",
            Self::Descending => "DESC",
            Self::Ascending => "ASC",
            Self::Filter => "FILTER",
            Self::Item
            | Self::AsBoolean
            | Self::Nothing
            | Self::NullsOrder
            | Self::Custom { .. } => "",
        }
    }

    /// Whether it is put in parentheses inside of any other operator.
    pub fn is_eager(self) -> bool {
        matches!(
            self,
            Self::JsonItem
                | Self::JsonPath
                | Self::JsonText
                | Self::JsonPathText
                | Self::Special(_)
        )
    }

    /// Returns the operator that says the same with its operands exchanged.
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}
