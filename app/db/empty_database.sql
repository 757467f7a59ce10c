-- Drops everything in schema public that does not belong to an extension. Part of the transaction of a restore.
-- The commands of a loop are made before the first is run: what one drops by CASCADE has no name any more afterwards.
DO $$
DECLARE
    command text;
BEGIN
    FOREACH command IN ARRAY coalesce((
        SELECT array_agg(format(
            'DROP %s IF EXISTS %s CASCADE',
            CASE relkind
                WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE'
            END,
            oid::regclass
        ))
        FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
          AND NOT EXISTS (
              SELECT FROM pg_depend
              WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid AND deptype IN ('e', 'a', 'i')
          )
    ), '{}')
    LOOP
        EXECUTE command;
    END LOOP;
    FOREACH command IN ARRAY coalesce((
        SELECT array_agg(format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure))
        FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
          AND NOT EXISTS (
              SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
          )
    ), '{}')
    LOOP
        EXECUTE command;
    END LOOP;
    FOREACH command IN ARRAY coalesce((
        SELECT array_agg(format('DROP %s IF EXISTS %s CASCADE', CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, oid::regtype))
        FROM pg_type
        WHERE typnamespace = 'public'::regnamespace
          AND (typtype IN ('e', 'd', 'r') OR EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c'))
          AND NOT EXISTS (
              SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = pg_type.oid AND deptype IN ('e', 'i')
          )
    ), '{}')
    LOOP
        EXECUTE command;
    END LOOP;
END
$$;
