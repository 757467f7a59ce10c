-- Makes the role and the database of a private cluster. psql reads it at every start that was not a plain restart;
-- each step is left out when an earlier start, perhaps one that was killed half-way, has done it.

SELECT format('CREATE ROLE %I LOGIN CREATEDB', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec

-- In the template, so that every database made later has PostGIS without being asked.
\connect template1
CREATE EXTENSION IF NOT EXISTS postgis;
GRANT SELECT, INSERT, UPDATE, DELETE ON spatial_ref_sys TO :"owner";

\connect postgres
SELECT format('CREATE DATABASE %I OWNER %I', :'database', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
