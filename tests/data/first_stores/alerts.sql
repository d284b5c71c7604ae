BEGIN TRANSACTION;
CREATE TABLE alerts (
	id VARCHAR NOT NULL, 
	identity VARCHAR NOT NULL, 
	target VARCHAR, 
	duty VARCHAR, 
	org VARCHAR, 
	region VARCHAR, 
	measure VARCHAR, 
	leads VARCHAR NOT NULL, 
	copied VARCHAR NOT NULL, 
	number VARCHAR NOT NULL, 
	colour VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	open BOOLEAN NOT NULL, 
	opened_us BIGINT NOT NULL, 
	fired_us BIGINT, 
	reply_due VARCHAR, 
	rule VARCHAR NOT NULL, 
	occasion VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	cause VARCHAR NOT NULL, 
	verdict_id VARCHAR, 
	appealed BOOLEAN NOT NULL, 
	recovering VARCHAR, 
	steps INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (number)
);
INSERT INTO "alerts" VALUES('01a2124c-a8ad-7084-9fca-256778b17cee','T16//610100','T16',NULL,NULL,'610100','21.2','["tax-bureau", "guanzhong-customs"]','["financial-work-bureau", "relevant-departments", "relevant-districts", "relevant-zones"]','黄-2026-0001','yellow','firing',1,1795603343534272,1795603343534272,'2026-12-02','yellow-breach','verdict','2021Q4','01a2124c-a85f-7270-9dd0-b18b1c740baf','01a2124c-a85f-7270-9dd0-b18b1c740baf',0,NULL,1);
CREATE TABLE attempts (
	notification_id VARCHAR NOT NULL, 
	nth INTEGER NOT NULL, 
	at_us BIGINT NOT NULL, 
	took_ms INTEGER NOT NULL, 
	status_code INTEGER, 
	outcome VARCHAR NOT NULL, 
	PRIMARY KEY (notification_id, nth), 
	FOREIGN KEY(notification_id) REFERENCES notifications (id)
);
CREATE TABLE counters (
	colour VARCHAR NOT NULL, 
	year INTEGER NOT NULL, 
	last INTEGER NOT NULL, 
	PRIMARY KEY (colour, year)
);
INSERT INTO "counters" VALUES('yellow',2026,1);
CREATE TABLE duties (
	duty VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	measure VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	effective_due VARCHAR NOT NULL, 
	event_id VARCHAR NOT NULL, 
	held BOOLEAN NOT NULL, 
	PRIMARY KEY (duty, org)
);
INSERT INTO "duties" VALUES('1.1/2021Q1','finance-bureau','1.1','2021Q1','overdue','2021-03-25','01a2124c-a787-7f5a-b27c-20e151ef2f8f',1);
INSERT INTO "duties" VALUES('1.1/2021Q2','finance-bureau','1.1','2021Q2','overdue','2021-06-25','01a2124c-a787-7f5a-b27c-20e186d5d317',1);
INSERT INTO "duties" VALUES('1.1/2021Q3','finance-bureau','1.1','2021Q3','overdue','2021-09-25','01a2124c-a787-7f5a-b27c-20e27a07d2dd',1);
CREATE TABLE heard (
	event_id VARCHAR NOT NULL, 
	at_us BIGINT NOT NULL, 
	PRIMARY KEY (event_id)
);
INSERT INTO "heard" VALUES('01a2124c-a84b-7e87-9e02-826914b21852',1795603343532166);
INSERT INTO "heard" VALUES('01a2124c-a84b-7e87-9e02-82694d84bfb3',1795603343536757);
INSERT INTO "heard" VALUES('01a2124c-a863-77e7-944d-4330f2598afa',1795603343536932);
INSERT INTO "heard" VALUES('01a2124c-a863-77e7-944d-433133b59017',1795603343537431);
CREATE TABLE meta (
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('watch_from','2021-10-01');
INSERT INTO "meta" VALUES('last_run','2026-11-25');
CREATE TABLE notifications (
	id VARCHAR NOT NULL, 
	transition_id VARCHAR NOT NULL, 
	alert_id VARCHAR NOT NULL, 
	sequence INTEGER NOT NULL, 
	receiver VARCHAR NOT NULL, 
	channel VARCHAR NOT NULL, 
	body BLOB NOT NULL, 
	state VARCHAR NOT NULL, 
	created_us BIGINT NOT NULL, 
	next_us BIGINT, 
	sent_us BIGINT, 
	tries INTEGER NOT NULL, 
	status_code INTEGER, 
	outcome VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (transition_id, receiver), 
	FOREIGN KEY(transition_id) REFERENCES transitions (id), 
	FOREIGN KEY(alert_id) REFERENCES alerts (id)
);
CREATE TABLE outbox (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR NOT NULL, 
	type VARCHAR NOT NULL, 
	topic VARCHAR NOT NULL, 
	"key" VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	time VARCHAR NOT NULL, 
	data BLOB NOT NULL, 
	content_type VARCHAR NOT NULL, 
	headers VARCHAR NOT NULL
);
CREATE TABLE positions (
	topic VARCHAR NOT NULL, 
	partition INTEGER NOT NULL, 
	next_offset INTEGER NOT NULL, 
	PRIMARY KEY (topic, partition)
);
INSERT INTO "positions" VALUES('duibiao.verdicts.v1',0,625);
CREATE TABLE transitions (
	id VARCHAR NOT NULL, 
	alert_id VARCHAR NOT NULL, 
	sequence INTEGER NOT NULL, 
	step VARCHAR NOT NULL, 
	was VARCHAR, 
	state VARCHAR NOT NULL, 
	colour VARCHAR NOT NULL, 
	number VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	at_us BIGINT NOT NULL, 
	actor VARCHAR NOT NULL, 
	cause VARCHAR, 
	rule VARCHAR, 
	comment VARCHAR, 
	reason VARCHAR, 
	PRIMARY KEY (id), 
	UNIQUE (alert_id, sequence), 
	FOREIGN KEY(alert_id) REFERENCES alerts (id)
);
INSERT INTO "transitions" VALUES('01a2124c-a8ae-75f1-bd28-768dc68f3cdb','01a2124c-a8ad-7084-9fca-256778b17cee',1,'opened',NULL,'firing','yellow','黄-2026-0001','2021Q4',1795603343534272,'duibiao','01a2124c-a847-7ad6-8c7d-1d7a1f9b463f','yellow-breach',NULL,NULL);
CREATE TABLE verdicts (
	target VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	period_last VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	reason VARCHAR, 
	attainment_ratio VARCHAR, 
	near_threshold BOOLEAN NOT NULL, 
	present BOOLEAN NOT NULL, 
	inputs_digest VARCHAR NOT NULL, 
	previous_status VARCHAR, 
	evaluated_us BIGINT NOT NULL, 
	held_since_us BIGINT, 
	PRIMARY KEY (target, org, region, period)
);
INSERT INTO "verdicts" VALUES('T16','','610100','2021Q1','2021-03-31','01a2124c-a738-7279-9dd3-2057846cb93c','unknown','no_figure',NULL,0,0,'4f53cda18c2baa0c0354bb5f9a3ecbe5',NULL,1795603343013906,NULL);
INSERT INTO "verdicts" VALUES('T16','','610100','2021Q2','2021-06-30','01a2124c-a738-7279-9dd3-20582788c0d6','unknown','no_figure',NULL,0,0,'4f53cda18c2baa0c0354bb5f9a3ecbe5','unknown',1795603343013906,NULL);
INSERT INTO "verdicts" VALUES('T16','','610100','2021Q3','2021-09-30','01a2124c-a738-7279-9dd3-205848dfb04d','unknown','no_figure',NULL,0,0,'4f53cda18c2baa0c0354bb5f9a3ecbe5','unknown',1795603343013906,NULL);
INSERT INTO "verdicts" VALUES('T16','','610100','2021Q4','2021-12-31','01a2124c-a85f-7270-9dd0-b18b1c740baf','missed',NULL,'275/276',0,1,'35af2877a7ba1640f1990d6b7e1254e4','unknown',1795603343444201,NULL);
INSERT INTO "verdicts" VALUES('T16','tax-bureau','610100','2021Q4','2021-12-31','01a2124c-a85f-7270-9dd0-b18bb1939090','missed',NULL,'275/276',0,1,'35af2877a7ba1640f1990d6b7e1254e4',NULL,1795603343444201,NULL);
CREATE INDEX ix_heard_at_us ON heard (at_us);
CREATE INDEX ix_verdicts_held_since_us ON verdicts (held_since_us);
CREATE INDEX ix_duties_held ON duties (held);
CREATE INDEX ix_alerts_identity ON alerts (identity);
CREATE UNIQUE INDEX one_open_alert ON alerts (identity) WHERE open IS 1;
CREATE INDEX alerts_by_colour_and_state ON alerts (colour, state);
CREATE INDEX notifications_waiting ON notifications (receiver, state, next_us);
CREATE INDEX notifications_of_alert ON notifications (alert_id, receiver);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',1);
COMMIT;
