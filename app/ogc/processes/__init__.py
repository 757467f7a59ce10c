"""OGC API - Processes (OGC 18-062r2): the work that jobs do, described and executed by one set of rules."""
