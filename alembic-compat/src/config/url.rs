//! `sqlalchemy.url` as other programs understand it.

use std::borrow::Cow;

/// What stands in a new `alembic.ini` until somebody puts a database there.
const PLACEHOLDER: &str = "driver://user:pass@localhost/dbname";

/// Tells whether a URL is the one that `alembic init` writes, which names no database.
#[must_use]
pub fn is_placeholder(url: &str) -> bool {
    url.trim() == PLACEHOLDER
}

/// Returns a URL of PostgreSQL as libpq takes it; any other as it is.
///
/// SQLAlchemy's driver goes from the scheme (`postgresql+psycopg2://`), and `ssl=`, which only
/// asyncpg knows, becomes `sslmode=`.
#[must_use]
pub fn without_driver(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.into();
    };
    let Some((database, driver)) = scheme.split_once('+') else {
        return url.into();
    };
    if !["postgresql", "postgres"].contains(&database) {
        return url.into();
    }
    let mut plain = format!("postgresql://{rest}");
    if driver == "asyncpg"
        && let Some((before, query)) = plain.split_once('?')
    {
        let parameters = query
            .split('&')
            .map(|parameter| match parameter.split_once('=') {
                Some(("ssl", "true" | "True")) => "sslmode=require".to_owned(),
                Some(("ssl", mode)) => format!("sslmode={mode}"),
                _ => parameter.to_owned(),
            });
        let query = parameters.collect::<Vec<_>>().join("&");
        plain = format!("{before}?{query}");
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_driver_goes_and_the_rest_stays() {
        for (url, plain) in [
            (
                "postgresql+psycopg2://u:p+q@h:1/d?a=b",
                "postgresql://u:p+q@h:1/d?a=b",
            ),
            ("postgres+psycopg:///d", "postgresql:///d"),
            (
                "postgresql+asyncpg://h/d?ssl=require&x=y",
                "postgresql://h/d?sslmode=require&x=y",
            ),
            ("postgresql://h/d+e", "postgresql://h/d+e"),
            ("mysql+pymysql://h/d", "mysql+pymysql://h/d"),
            ("host=h dbname=d", "host=h dbname=d"),
        ] {
            assert_eq!(without_driver(url), plain);
        }
        assert!(is_placeholder("driver://user:pass@localhost/dbname"));
        assert!(!is_placeholder("postgresql://localhost/dbname"));
    }
}
