-- A clock in the database that can be moved forward by days: the services' statements find these functions before the
-- server's. The defaults of columns still use the server's functions, so the statements of this benchmark give each
-- time explicitly.
\set ON_ERROR_STOP on
CREATE SCHEMA bench_clock;
CREATE TABLE bench_clock.ahead (days integer NOT NULL);
INSERT INTO bench_clock.ahead VALUES (0);
CREATE FUNCTION bench_clock.statement_timestamp() RETURNS timestamptz STABLE LANGUAGE sql AS
  'SELECT pg_catalog.statement_timestamp() + (SELECT days FROM bench_clock.ahead) * interval ''1 day''';
CREATE FUNCTION bench_clock.now() RETURNS timestamptz STABLE LANGUAGE sql AS
  'SELECT pg_catalog.now() + (SELECT days FROM bench_clock.ahead) * interval ''1 day''';
CREATE FUNCTION bench_clock.clock_timestamp() RETURNS timestamptz VOLATILE LANGUAGE sql AS
  'SELECT pg_catalog.clock_timestamp() + (SELECT days FROM bench_clock.ahead) * interval ''1 day''';
GRANT USAGE ON SCHEMA bench_clock TO talktime_auth, talktime_billing, talktime_session, talktime_task;
GRANT SELECT ON bench_clock.ahead TO talktime_auth, talktime_billing, talktime_session, talktime_task;
ALTER ROLE talktime_auth IN DATABASE talktime SET search_path = bench_clock, pg_catalog, public;
ALTER ROLE talktime_billing IN DATABASE talktime SET search_path = bench_clock, pg_catalog, public;
ALTER ROLE talktime_session IN DATABASE talktime SET search_path = bench_clock, pg_catalog, public;
ALTER ROLE talktime_task IN DATABASE talktime SET search_path = bench_clock, pg_catalog, public;

INSERT INTO users (id, email)
SELECT md5('user' || n)::uuid, 'user' || n || '@example.com' FROM generate_series(1, 1000) AS n;
