//! Every change of a schema is seen, and told as what it is.

use insta::assert_snapshot;

use crate::support::{Database, database, project};

/// Statements of which each changes one thing, and what is there before them.
const CHANGES: &[(&str, &str)] = &[
    ("", "CREATE SCHEMA one"),
    ("CREATE EXTENSION pg_trgm", "DROP EXTENSION pg_trgm"),
    (
        "CREATE TYPE mood AS ENUM ('a', 'b')",
        "ALTER TYPE mood ADD VALUE 'c' BEFORE 'b'",
    ),
    (
        "CREATE TYPE pair AS (a int, b int)",
        "ALTER TYPE pair ALTER ATTRIBUTE b TYPE bigint",
    ),
    (
        "CREATE TYPE span AS RANGE (subtype = int4)",
        "DROP TYPE span",
    ),
    (
        "CREATE DOMAIN code AS text CHECK (VALUE <> '')",
        "ALTER DOMAIN code SET DEFAULT 'x'; ALTER DOMAIN code DROP CONSTRAINT code_check",
    ),
    (
        "CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT 2'",
    ),
    (
        "CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "DROP FUNCTION g(); CREATE PROCEDURE g() LANGUAGE sql AS 'SELECT 1'",
    ),
    (
        "CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)",
        "DROP AGGREGATE total(int); CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0')",
    ),
    (
        "CREATE OPERATOR ## (FUNCTION = int4lt, LEFTARG = int, RIGHTARG = int)",
        "ALTER OPERATOR ## (int, int) SET (RESTRICT = eqsel)",
    ),
    (
        "CREATE SEQUENCE counter",
        "ALTER SEQUENCE counter INCREMENT BY 2 CYCLE",
    ),
    (
        "CREATE TABLE gone (a int, b int PRIMARY KEY)",
        "DROP TABLE gone",
    ),
    (
        "",
        "CREATE TABLE come (a int, b int PRIMARY KEY, UNIQUE (a, b))",
    ),
    (
        "CREATE TABLE plain (a int)",
        "ALTER TABLE plain SET UNLOGGED, SET (fillfactor = 50)",
    ),
    (
        "CREATE TABLE plain2 (a int)",
        "ALTER TABLE plain2 ENABLE ROW LEVEL SECURITY, REPLICA IDENTITY FULL",
    ),
    (
        "CREATE TABLE columns (a int, b int, c int, d int, e text, f int)",
        "ALTER TABLE columns ALTER a TYPE bigint, ALTER b SET NOT NULL, ALTER c SET DEFAULT 7, DROP d, ADD g int, ALTER e SET STORAGE EXTERNAL",
    ),
    (
        "CREATE TABLE turned (a int, b int)",
        "DROP TABLE turned; CREATE TABLE turned (b int, a int)",
    ),
    (
        "CREATE TABLE counted (a int NOT NULL)",
        "ALTER TABLE counted ALTER a ADD GENERATED ALWAYS AS IDENTITY",
    ),
    (
        "CREATE TABLE checked (a int CHECK (a > 0), b int)",
        "ALTER TABLE checked DROP CONSTRAINT checked_a_check, ADD CONSTRAINT checked_a_check CHECK (a > 1), ADD UNIQUE (b) DEFERRABLE",
    ),
    (
        "CREATE TABLE referring (a int REFERENCES come2)",
        "ALTER TABLE referring DROP CONSTRAINT referring_a_fkey, ADD FOREIGN KEY (a) REFERENCES come2 ON DELETE CASCADE",
    ),
    (
        "CREATE TABLE indexed (a int, b int); CREATE INDEX by_a ON indexed (a)",
        "DROP INDEX by_a; CREATE INDEX by_a ON indexed (a DESC); CREATE INDEX by_b ON indexed (b)",
    ),
    (
        "CREATE TABLE measured (a int, b int); CREATE STATISTICS measures ON a, b FROM measured",
        "DROP STATISTICS measures",
    ),
    (
        "CREATE VIEW seen AS SELECT 1 AS one, 2 AS two",
        "CREATE OR REPLACE VIEW seen AS SELECT 1 AS one, 3 AS two",
    ),
    (
        "CREATE VIEW barred AS SELECT 1 AS one",
        "ALTER VIEW barred SET (security_barrier = true)",
    ),
    (
        "CREATE MATERIALIZED VIEW kept AS SELECT 1 AS one",
        "DROP MATERIALIZED VIEW kept; CREATE VIEW kept AS SELECT 1 AS one",
    ),
    (
        "CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE TABLE triggered (a int); CREATE TRIGGER now BEFORE INSERT ON triggered EXECUTE FUNCTION t()",
        "ALTER TABLE triggered DISABLE TRIGGER now",
    ),
    (
        "CREATE TABLE ruled (a int); CREATE RULE r AS ON INSERT TO ruled DO NOTHING",
        "DROP RULE r ON ruled",
    ),
    (
        "CREATE TABLE guarded (a int); CREATE POLICY p ON guarded USING (a > 0)",
        "ALTER POLICY p ON guarded USING (a > 1)",
    ),
    (
        "CREATE PUBLICATION news FOR TABLE plain2",
        "ALTER PUBLICATION news ADD TABLE columns",
    ),
    (
        "CREATE TABLE parted (a int) PARTITION BY LIST (a); CREATE TABLE part PARTITION OF parted FOR VALUES IN (1)",
        "ALTER TABLE parted DETACH PARTITION part; ALTER TABLE parted ATTACH PARTITION part FOR VALUES IN (2)",
    ),
    (
        "CREATE TABLE granted (a int)",
        "GRANT SELECT ON granted TO PUBLIC; GRANT UPDATE (a) ON granted TO PUBLIC",
    ),
    (
        "CREATE TABLE commented (a int); COMMENT ON TABLE commented IS 'x'",
        "COMMENT ON TABLE commented IS 'y'; COMMENT ON COLUMN commented.a IS 'z'",
    ),
    (
        "",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
    ),
    ("", "CREATE CAST (text AS mood) WITH INOUT"),
    (
        "CREATE EVENT TRIGGER e ON sql_drop EXECUTE FUNCTION et()",
        "ALTER EVENT TRIGGER e DISABLE",
    ),
    (
        "CREATE TEXT SEARCH CONFIGURATION words (COPY = simple)",
        "ALTER TEXT SEARCH CONFIGURATION words DROP MAPPING FOR url",
    ),
    ("CREATE TABLE held (a int)", "CREATE TYPE odd"),
];

/// A database as it is before all changes, and one as it is after them.
fn both() -> (Database, Database) {
    let before = database();
    before.execute(
        "CREATE TABLE come2 (a int PRIMARY KEY);
         CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';",
    );
    for (first, _) in CHANGES {
        before.execute(first);
    }
    let after = before.server().database_from(before.name());
    for (_, then) in CHANGES {
        after.execute(then);
    }
    (before, after)
}

#[test]
fn each_change_is_one_line() {
    let (before, after) = both();
    let project = project().database(&after).masked(before.name(), "[BEFORE]");
    let diff = |options: &str| project.run(&format!("diff --against {} {options}", before.url()));
    assert_snapshot!(diff(""), @"
    +  schema                     one
    -  extension                  pg_trgm
    ~  enum                       public.mood                        labels: a, b → a, c, b
    -  range type                 public.span
    ~  domain                     public.code                        default: none → 'x'::text
    -  domain constraint          public.code.code_check
    ~  function                   public.f(integer)                  definition:
         - AS $function$SELECT 1$function$
         +  STABLE
         + AS $function$SELECT 2$function$
    -  function                   public.g()
    +  procedure                  public.g()
    ~  aggregate                  public.total(integer)              options: SFUNC = int4pl, STYPE = integer → SFUNC = int4pl, STYPE = integer, INITCOND = '0'
    ~  operator                   public.## (integer, integer)       options:
         + RESTRICT = eqsel
    +  cast                       (text AS public.mood)
    ~  text search configuration  public.words                       mappings:
         - url WITH pg_catalog.simple
    ~  sequence                   public.counter                     cycle: no → yes
    ~  sequence                   public.counter                     increment: 1 → 2
    +  table                      public.come                        2 columns, 2 constraints
    ~  table                      public.commented                   comment: x → y
    -  table                      public.gone                        2 columns, 1 constraint
    ~  table                      public.granted                     grants: none → GRANT SELECT TO PUBLIC
    ~  table                      public.part                        bound: FOR VALUES IN (1) → FOR VALUES IN (2)
    ~  table                      public.plain                       options: none → fillfactor=50
    ~  table                      public.plain                       unlogged: no → yes
    ~  table                      public.plain2                      replica identity: none → FULL
    ~  table                      public.plain2                      row security: no → yes
    ~  table                      public.turned                      column order: a, b → b, a
    ~  view                       public.barred                      options: none → security_barrier=true
    +  view                       public.kept
    ~  view                       public.seen                        definition:
         -     2 AS two;
         +     3 AS two;
    -  materialized view          public.kept
    ~  column                     public.columns.a                   type: integer → bigint
    ~  column                     public.columns.b                   not null: no → yes
    ~  column                     public.columns.c                   default: none → 7
    -  column                     public.columns.d
    ~  column                     public.columns.e                   storage: none → EXTERNAL
    +  column                     public.columns.g
    ~  column                     public.commented.a                 comment: none → z
    ~  column                     public.counted.a                   identity: none → ALWAYS
    ~  column                     public.granted.a                   grants: none → GRANT UPDATE TO PUBLIC
    ~  column                     public.pair.b                      type: integer → bigint
    ~  constraint                 public.checked.checked_a_check     definition: CHECK ((a > 0)) → CHECK ((a > 1))
    +  constraint                 public.checked.checked_b_key
    ~  constraint                 public.referring.referring_a_fkey  definition: FOREIGN KEY (a) REFERENCES public.come2(a) → FOREIGN KEY (a) REFERENCES public.come2(a) ON DELETE CASCADE
    ~  index                      public.indexed.by_a                definition: CREATE INDEX by_a ON public.indexed USING btree (a) → CREATE INDEX by_a ON public.indexed USING btree (a DESC)
    +  index                      public.indexed.by_b
    -  statistics                 public.measures
    ~  trigger                    public.triggered.now               enabled: none → DISABLE
    -  rule                       public.ruled.r
    ~  policy                     public.guarded.p                   using: (a > 0) → (a > 1)
    ~  publication                news                               tables: public.plain2 → public.columns, public.plain2
    ~  event trigger              e                                  enabled: none → DISABLE
    +  default privileges         tables of postgres
    +  type                       public.odd
    ------- stderr -------
    49 differences between database [BEFORE] and database [DATABASE]
    [exit status: 4]
    ");
    // None of the lines is there twice, and every change has its line.
    let answer = diff("--format json");
    assert_eq!(answer.code(), Some(4));
    let answer = answer.json();
    assert_eq!(answer["equal"], false);
    assert_ne!(
        answer["expected"]["fingerprint"],
        answer["actual"]["fingerprint"]
    );
    let differences = answer["differences"].as_array().unwrap();
    let find = |name: &str| differences.iter().find(|it| it["name"] == name).unwrap();
    assert_snapshot!(find("public.come"), @r#"{"change":"added","kind":"table","name":"public.come","parts":{"column":2,"constraint":2}}"#);
    assert_snapshot!(find("public.columns.c"), @r#"{"change":"changed","kind":"column","name":"public.columns.c","attributes":[{"name":"default","expected":null,"actual":"7"}]}"#);
    // Nothing of a schema that is not asked for.
    assert_snapshot!(diff("--schema one"), @"
    +  schema  one
    ------- stderr -------
    1 difference between database [BEFORE] and database [DATABASE]
    [exit status: 4]
    ");
    assert_snapshot!(diff("--schema public --without come --without public.gone --ignore grants --ignore comments --ignore column-order -q").stdout.lines().filter(|line| line.contains("come") || line.contains("gone") || line.contains("granted") || line.contains("commented") || line.contains("turned")).collect::<Vec<_>>().join("\n"), @"~  constraint                 public.referring.referring_a_fkey  definition: FOREIGN KEY (a) REFERENCES public.come2(a) → FOREIGN KEY (a) REFERENCES public.come2(a) ON DELETE CASCADE");
}

#[test]
fn the_same_is_the_same() {
    let (before, _) = both();
    let copy = before.server().database_from(before.name());
    let project = project().database(&copy).masked(before.name(), "[BEFORE]");
    assert_snapshot!(project.run(&format!("diff --against {}", before.url())), @"
    ------- stderr -------
    database [DATABASE] is as database [BEFORE]
    ");
    let one = project.ok("fingerprint").stdout;
    assert_eq!(one.trim().len(), 64);
    assert_eq!(
        one,
        project
            .ok(&format!("fingerprint --url {}", before.url()))
            .stdout
    );
    let json = project.ok("fingerprint --format json").json();
    assert_eq!(json["fingerprint"], one.trim());
}

#[test]
fn servers_of_two_versions_are_told_of() {
    let database = database();
    let number = database.rows("SELECT current_setting('server_version_num')::int / 10000 - 1");
    let proxy = database.proxy();
    proxy.pose_as(number.concat());
    let project = project().database(&database);
    let line = format!("diff --against {}", database.url_through(&proxy));
    let output = project.run(&format!("{line} --format json"));
    let warning: serde_json::Value = serde_json::from_str(&output.stderr).unwrap();
    assert_eq!(warning["warning"]["code"], "versions_differ");
}

#[test]
fn owners_are_compared_when_asked_for() {
    let (one, two) = (database(), database());
    let role = two.role(None);
    one.execute("CREATE TABLE t ()");
    two.execute(&format!(
        "CREATE TABLE t (); ALTER TABLE t OWNER TO {}",
        role.name
    ));
    let project = project()
        .database(&two)
        .masked(one.name(), "[ONE]")
        .masked(&role.name, "[ROLE]");
    let diff = |options: &str| project.run(&format!("diff --against {} {options}", one.url()));
    assert_eq!(diff("").code(), Some(0));
    assert_snapshot!(diff("--owners"), @"
    ~  table  public.t  owner: postgres → [ROLE]
    ------- stderr -------
    1 difference between database [ONE] and database [DATABASE]
    [exit status: 4]
    ");
    two.execute(&format!("DROP OWNED BY {}", role.name));
}
