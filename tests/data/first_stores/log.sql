BEGIN TRANSACTION;
CREATE TABLE log (
    "offset" INTEGER PRIMARY KEY AUTOINCREMENT,
    topic TEXT NOT NULL, "key" TEXT NOT NULL, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    source TEXT NOT NULL, time TEXT NOT NULL, content_type TEXT NOT NULL,
    headers TEXT NOT NULL, appended REAL NOT NULL, data BLOB NOT NULL
);
CREATE TABLE readers (
    reader TEXT NOT NULL, topic TEXT NOT NULL, next_offset INTEGER NOT NULL, seen REAL NOT NULL,
    PRIMARY KEY (reader, topic)
) WITHOUT ROWID;
INSERT INTO "readers" VALUES('duibiao.alerts','duibiao.verdicts.v1',0,1.79560334303028798106e+09);
INSERT INTO "readers" VALUES('duibiao.indicators-alerts','duibiao.alerts.v1',0,1.79560334302574801448e+09);
INSERT INTO "readers" VALUES('duibiao.indicators-submissions','duibiao.submissions.v1',0,1.79560334302020788189e+09);
INSERT INTO "readers" VALUES('duibiao.ingest','duibiao.outcomes.v1',0,1.79560334301211905472e+09);
CREATE INDEX log_topic ON log (topic, "offset");
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('log',627);
COMMIT;
