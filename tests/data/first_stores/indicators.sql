BEGIN TRANSACTION;
CREATE TABLE alerts_seen (
	id VARCHAR NOT NULL, 
	sequence INTEGER NOT NULL, 
	open BOOLEAN NOT NULL, 
	document VARCHAR NOT NULL, 
	PRIMARY KEY (id)
)
 WITHOUT ROWID

;
INSERT INTO "alerts_seen" VALUES('01a2124c-a8ad-7084-9fca-256778b17cee',1,1,'{"id":"01a2124c-a8ad-7084-9fca-256778b17cee","number":"黄-2026-0001","colour":"yellow","state":"firing","target":"T16","duty":null,"measure":"21.2","org":null,"region":"610100","period":"2021Q4","leads":["tax-bureau","guanzhong-customs"],"opened_at":"2026-11-25T10:42:23.534272Z","reply_due":"2026-12-02"}');
CREATE TABLE applied (
	submission_id VARCHAR NOT NULL, 
	accepted INTEGER NOT NULL, 
	duplicate INTEGER NOT NULL, 
	revised INTEGER NOT NULL, 
	applied_us BIGINT NOT NULL, 
	PRIMARY KEY (submission_id)
)
 WITHOUT ROWID

;
INSERT INTO "applied" VALUES('01a2124c-a81d-70e6-8d66-7aa3547a286c',1,0,0,1795603343423378);
INSERT INTO "applied" VALUES('01a2124c-a828-7ead-8965-61f025f684d1',0,0,1,1795603343444201);
INSERT INTO "applied" VALUES('01a2124c-a836-7e31-a70f-273e0606d8b2',0,0,1,1795603343460034);
CREATE TABLE case_statements (
	indicator VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	case_no VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	stated_us BIGINT NOT NULL, 
	submission_id VARCHAR NOT NULL, 
	received_us BIGINT NOT NULL, 
	content VARCHAR NOT NULL, 
	PRIMARY KEY (indicator, org, case_no, digest, stated_us)
)
 WITHOUT ROWID

;
CREATE TABLE cases (
	indicator VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	case_no VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	accepted_us BIGINT NOT NULL, 
	completed_us BIGINT, 
	outcome VARCHAR NOT NULL, 
	resolved BOOLEAN, 
	deadline_us BIGINT, 
	details VARCHAR, 
	stated_us BIGINT NOT NULL, 
	submission_id VARCHAR NOT NULL, 
	received_us BIGINT NOT NULL, 
	PRIMARY KEY (indicator, org, case_no)
)
 WITHOUT ROWID

;
CREATE TABLE duties (
	duty VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	measure VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	due VARCHAR NOT NULL, 
	effective_due VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	received_us BIGINT, 
	received_on VARCHAR, 
	submission_id VARCHAR, 
	PRIMARY KEY (duty, org)
)
 WITHOUT ROWID

;
INSERT INTO "duties" VALUES('1.1/2021Q1','finance-bureau','1.1','2021Q1','2021-03-25','2021-03-25','overdue',NULL,NULL,NULL);
INSERT INTO "duties" VALUES('1.1/2021Q2','finance-bureau','1.1','2021Q2','2021-06-25','2021-06-25','overdue',NULL,NULL,NULL);
INSERT INTO "duties" VALUES('1.1/2021Q3','finance-bureau','1.1','2021Q3','2021-09-25','2021-09-25','overdue',NULL,NULL,NULL);
CREATE TABLE figure_statements (
	indicator VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	stated_us BIGINT NOT NULL, 
	submission_id VARCHAR NOT NULL, 
	received_us BIGINT NOT NULL, 
	content VARCHAR NOT NULL, 
	PRIMARY KEY (indicator, org, region, period, digest, stated_us)
)
 WITHOUT ROWID

;
INSERT INTO "figure_statements" VALUES('export-rebate-days','tax-bureau','610100','2021Q4','7d361087b8355c0f4dc7a95e03d8fe6a',1795603343389639,'01a2124c-a81d-70e6-8d66-7aa3547a286c',1795603343389639,'{"sample_size":"9","value":"5.51"}');
INSERT INTO "figure_statements" VALUES('export-rebate-days','tax-bureau','610100','2021Q4','e92e0f5c8b95c26f29cc3e1300f8907b',1609430400000000,'01a2124c-a836-7e31-a70f-273e0606d8b2',1795603343414462,'{"comment":"x","sample_size":"9","value":"5.51"}');
CREATE TABLE figures (
	indicator VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	period_first VARCHAR NOT NULL, 
	period_last VARCHAR NOT NULL, 
	value VARCHAR, 
	numerator VARCHAR, 
	denominator VARCHAR, 
	sample_size VARCHAR, 
	not_applicable BOOLEAN NOT NULL, 
	comment VARCHAR NOT NULL, 
	stated_us BIGINT NOT NULL, 
	submission_id VARCHAR NOT NULL, 
	received_us BIGINT NOT NULL, 
	PRIMARY KEY (indicator, org, region, period)
)
 WITHOUT ROWID

;
INSERT INTO "figures" VALUES('export-rebate-days','tax-bureau','610100','2021Q4','2021-10-01','2021-12-31','5.52',NULL,NULL,'10',0,'',1795603343400470,'01a2124c-a828-7ead-8965-61f025f684d1',1795603343400470);
CREATE TABLE meta (
	name VARCHAR NOT NULL, 
	value VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "meta" VALUES('installed_on','2026-11-25');
INSERT INTO "meta" VALUES('watch_from','2021-10-01');
INSERT INTO "meta" VALUES('footing','{"judged_day":"2026-11-25","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0","counted_by":{"gov-investment-approval-days":"1/each/quarter/after-start-day/chinesecalendar-1.11.0","social-investment-approval-days":"1/each/quarter/after-start-day/chinesecalendar-1.11.0","ccc-self-declaration-share":"1/share/quarter/after-start-day/chinesecalendar-1.11.0","licence-reform-items-city":"1/latest/quarter/after-start-day/chinesecalendar-1.11.0","licence-reform-items-ftz":"1/latest/quarter/after-start-day/chinesecalendar-1.11.0","licence-separation-coverage":"1/share/quarter/after-start-day/chinesecalendar-1.11.0","standard-e-licences":"1/latest/quarter/after-start-day/chinesecalendar-1.11.0","tax-enterprise-online-share":"1/share/quarter/after-start-day/chinesecalendar-1.11.0","tax-personal-mobile-share":"1/share/quarter/after-start-day/chinesecalendar-1.11.0","cross-province-items":"1/latest/quarter/after-start-day/chinesecalendar-1.11.0","cross-province-coverage":"1/share/quarter/after-start-day/chinesecalendar-1.11.0","hotline-resolution-rate":"1/share/quarter/after-start-day/chinesecalendar-1.11.0","mortgage-registration-days":"1/each/quarter/after-start-day/chinesecalendar-1.11.0","mortgage-registration-online-share":"1/share/quarter/after-start-day/chinesecalendar-1.11.0","social-relief-days":"1/each/quarter/after-start-day/chinesecalendar-1.11.0","export-rebate-days":"1/mean/quarter/after-start-day/chinesecalendar-1.11.0","export-rebate-days-class-a":"1/mean/quarter/after-start-day/chinesecalendar-1.11.0","paperless-filing-coverage":"1/share/quarter/after-start-day/chinesecalendar-1.11.0"}}');
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
INSERT INTO "positions" VALUES('duibiao.submissions.v1',0,620);
INSERT INTO "positions" VALUES('duibiao.alerts.v1',0,628);
CREATE TABLE report_statements (
	org VARCHAR NOT NULL, 
	measure VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	milestone VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	stated_us BIGINT NOT NULL, 
	submission_id VARCHAR NOT NULL, 
	received_us BIGINT NOT NULL, 
	content VARCHAR NOT NULL, 
	PRIMARY KEY (org, measure, period, milestone, digest, stated_us)
)
 WITHOUT ROWID

;
CREATE TABLE reports (
	org VARCHAR NOT NULL, 
	measure VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	milestone VARCHAR NOT NULL, 
	state VARCHAR, 
	done_on VARCHAR, 
	summary VARCHAR NOT NULL, 
	zero_report BOOLEAN NOT NULL, 
	received_on VARCHAR, 
	first_day VARCHAR NOT NULL, 
	first_received_us BIGINT NOT NULL, 
	first_submission_id VARCHAR NOT NULL, 
	stated_us BIGINT NOT NULL, 
	submission_id VARCHAR NOT NULL, 
	received_us BIGINT NOT NULL, 
	PRIMARY KEY (org, measure, period, milestone)
)
 WITHOUT ROWID

;
CREATE TABLE rollups (
	indicator VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	completed VARCHAR NOT NULL, 
	open VARCHAR NOT NULL, 
	accepted INTEGER NOT NULL, 
	resolved INTEGER NOT NULL, 
	PRIMARY KEY (indicator, period, org, region)
)
 WITHOUT ROWID

;
CREATE TABLE verdict_versions (
	id VARCHAR NOT NULL, 
	target VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	removed BOOLEAN NOT NULL, 
	"row" VARCHAR NOT NULL, 
	proof VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "verdict_versions" VALUES('01a2124c-a738-7279-9dd3-2057846cb93c','T16','','610100','2021Q1',0,'{"id":"01a2124c-a738-7279-9dd3-2057846cb93c","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q1","statistic":"mean","value":null,"unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":null,"gap":null,"status":"unknown","reason":"no_figure","evidence":null,"reporters":0,"expected":2,"sample_size":null,"within_limit":null,"mean":null,"p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.013906Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}','{"target":"T16","indicator":"export-rebate-days","clause":"21.2","statistic":"mean","unit":"workday","op":"<=","threshold":5.5,"basis":"stated","decided_by":null,"decided_since":null,"judged_by":null,"judged_by_is_reading":false,"period":"2021Q1","period_first":"2021-01-01","period_last":"2021-03-31","judged_day":"2021-03-31","phase":"at","reporters":0,"expected":2,"inputs":[],"distribution":[],"lines":[{"zh":"常设要求：期间已结束","en":"a standing target: the period has ended"},{"zh":"结论：无数据（无数据）","en":"verdict: unknown (no figure)"}],"notes":[],"status":"unknown","reason":"no_figure","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}');
INSERT INTO "verdict_versions" VALUES('01a2124c-a738-7279-9dd3-20582788c0d6','T16','','610100','2021Q2',0,'{"id":"01a2124c-a738-7279-9dd3-20582788c0d6","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q2","statistic":"mean","value":null,"unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":null,"gap":null,"status":"unknown","reason":"no_figure","evidence":null,"reporters":0,"expected":2,"sample_size":null,"within_limit":null,"mean":null,"p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.013906Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}','{"target":"T16","indicator":"export-rebate-days","clause":"21.2","statistic":"mean","unit":"workday","op":"<=","threshold":5.5,"basis":"stated","decided_by":null,"decided_since":null,"judged_by":null,"judged_by_is_reading":false,"period":"2021Q2","period_first":"2021-04-01","period_last":"2021-06-30","judged_day":"2021-06-30","phase":"at","reporters":0,"expected":2,"inputs":[],"distribution":[],"lines":[{"zh":"常设要求：期间已结束","en":"a standing target: the period has ended"},{"zh":"结论：无数据（无数据）","en":"verdict: unknown (no figure)"}],"notes":[],"status":"unknown","reason":"no_figure","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}');
INSERT INTO "verdict_versions" VALUES('01a2124c-a738-7279-9dd3-205848dfb04d','T16','','610100','2021Q3',0,'{"id":"01a2124c-a738-7279-9dd3-205848dfb04d","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q3","statistic":"mean","value":null,"unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":null,"gap":null,"status":"unknown","reason":"no_figure","evidence":null,"reporters":0,"expected":2,"sample_size":null,"within_limit":null,"mean":null,"p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.013906Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}','{"target":"T16","indicator":"export-rebate-days","clause":"21.2","statistic":"mean","unit":"workday","op":"<=","threshold":5.5,"basis":"stated","decided_by":null,"decided_since":null,"judged_by":null,"judged_by_is_reading":false,"period":"2021Q3","period_first":"2021-07-01","period_last":"2021-09-30","judged_day":"2021-09-30","phase":"at","reporters":0,"expected":2,"inputs":[],"distribution":[],"lines":[{"zh":"常设要求：期间已结束","en":"a standing target: the period has ended"},{"zh":"结论：无数据（无数据）","en":"verdict: unknown (no figure)"}],"notes":[],"status":"unknown","reason":"no_figure","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}');
INSERT INTO "verdict_versions" VALUES('01a2124c-a738-7279-9dd3-2058e489e575','T16','','610100','2021Q4',0,'{"id":"01a2124c-a738-7279-9dd3-2058e489e575","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q4","statistic":"mean","value":null,"unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":null,"gap":null,"status":"unknown","reason":"no_figure","evidence":null,"reporters":0,"expected":2,"sample_size":null,"within_limit":null,"mean":null,"p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.013906Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}','{"target":"T16","indicator":"export-rebate-days","clause":"21.2","statistic":"mean","unit":"workday","op":"<=","threshold":5.5,"basis":"stated","decided_by":null,"decided_since":null,"judged_by":null,"judged_by_is_reading":false,"period":"2021Q4","period_first":"2021-10-01","period_last":"2021-12-31","judged_day":"2021-12-31","phase":"at","reporters":0,"expected":2,"inputs":[],"distribution":[],"lines":[{"zh":"常设要求：期间已结束","en":"a standing target: the period has ended"},{"zh":"结论：无数据（无数据）","en":"verdict: unknown (no figure)"}],"notes":[],"status":"unknown","reason":"no_figure","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}');
INSERT INTO "verdict_versions" VALUES('01a2124c-a847-7ad6-8c7d-1d7a1f9b463f','T16','','610100','2021Q4',0,'{"id":"01a2124c-a847-7ad6-8c7d-1d7a1f9b463f","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q4","statistic":"mean","value":"551/100","unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":"550/551","gap":"1/100","status":"missed","reason":null,"evidence":"reported","reporters":1,"expected":2,"sample_size":"9","within_limit":null,"mean":"551/100","p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.423378Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}','{"target":"T16","indicator":"export-rebate-days","clause":"21.2","statistic":"mean","unit":"workday","op":"<=","threshold":5.5,"basis":"stated","decided_by":null,"decided_since":null,"judged_by":null,"judged_by_is_reading":false,"period":"2021Q4","period_first":"2021-10-01","period_last":"2021-12-31","judged_day":"2021-12-31","phase":"at","reporters":1,"expected":2,"inputs":[{"kind":"reported","org":"tax-bureau","region":"610100","period":"2021Q4","value":5.51,"numerator":49.59,"weight":9,"overdue_open":0,"submission_id":"01a2124c-a81d-70e6-8d66-7aa3547a286c"}],"distribution":[],"lines":[{"zh":"按样本量加权平均 (5.51 × 9) / 9 = 5.51","en":"average by sample size (5.51 × 9) / 9 = 5.51"},{"zh":"5.51 <= 5.5 不成立；达成度 ≈0.9982；未达到","en":"5.51 <= 5.5 is false; attainment ≈0.9982; not attained"},{"zh":"常设要求：期间已结束","en":"a standing target: the period has ended"},{"zh":"结论：未达标","en":"verdict: missed"}],"notes":[],"status":"missed","reason":null,"register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}');
INSERT INTO "verdict_versions" VALUES('01a2124c-a847-7ad6-8c7d-1d7a7314066e','T16','tax-bureau','610100','2021Q4',0,'{"id":"01a2124c-a847-7ad6-8c7d-1d7a7314066e","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":"tax-bureau","region":"610100","period":"2021Q4","statistic":"mean","value":"551/100","unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":"550/551","gap":"1/100","status":"missed","reason":null,"evidence":"reported","reporters":1,"expected":1,"sample_size":"9","within_limit":null,"mean":"551/100","p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.423378Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}','{"target":"T16","indicator":"export-rebate-days","clause":"21.2","statistic":"mean","unit":"workday","op":"<=","threshold":5.5,"basis":"stated","decided_by":null,"decided_since":null,"judged_by":null,"judged_by_is_reading":false,"period":"2021Q4","period_first":"2021-10-01","period_last":"2021-12-31","judged_day":"2021-12-31","phase":"at","reporters":1,"expected":1,"inputs":[{"kind":"reported","org":"tax-bureau","region":"610100","period":"2021Q4","value":5.51,"numerator":49.59,"weight":9,"overdue_open":0,"submission_id":"01a2124c-a81d-70e6-8d66-7aa3547a286c"}],"distribution":[],"lines":[{"zh":"按样本量加权平均 (5.51 × 9) / 9 = 5.51","en":"average by sample size (5.51 × 9) / 9 = 5.51"},{"zh":"5.51 <= 5.5 不成立；达成度 ≈0.9982；未达到","en":"5.51 <= 5.5 is false; attainment ≈0.9982; not attained"},{"zh":"常设要求：期间已结束","en":"a standing target: the period has ended"},{"zh":"结论：未达标","en":"verdict: missed"}],"notes":[],"status":"missed","reason":null,"register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}');
INSERT INTO "verdict_versions" VALUES('01a2124c-a85f-7270-9dd0-b18b1c740baf','T16','','610100','2021Q4',0,'{"id":"01a2124c-a85f-7270-9dd0-b18b1c740baf","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q4","statistic":"mean","value":"138/25","unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":"275/276","gap":"1/50","status":"missed","reason":null,"evidence":"reported","reporters":1,"expected":2,"sample_size":"10","within_limit":null,"mean":"138/25","p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.444201Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}','{"target":"T16","indicator":"export-rebate-days","clause":"21.2","statistic":"mean","unit":"workday","op":"<=","threshold":5.5,"basis":"stated","decided_by":null,"decided_since":null,"judged_by":null,"judged_by_is_reading":false,"period":"2021Q4","period_first":"2021-10-01","period_last":"2021-12-31","judged_day":"2021-12-31","phase":"at","reporters":1,"expected":2,"inputs":[{"kind":"reported","org":"tax-bureau","region":"610100","period":"2021Q4","value":5.52,"numerator":55.2,"weight":10,"overdue_open":0,"submission_id":"01a2124c-a828-7ead-8965-61f025f684d1"}],"distribution":[],"lines":[{"zh":"按样本量加权平均 (5.52 × 10) / 10 = 5.52","en":"average by sample size (5.52 × 10) / 10 = 5.52"},{"zh":"5.52 <= 5.5 不成立；达成度 ≈0.9964；未达到","en":"5.52 <= 5.5 is false; attainment ≈0.9964; not attained"},{"zh":"常设要求：期间已结束","en":"a standing target: the period has ended"},{"zh":"结论：未达标","en":"verdict: missed"}],"notes":[],"status":"missed","reason":null,"register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}');
INSERT INTO "verdict_versions" VALUES('01a2124c-a85f-7270-9dd0-b18bb1939090','T16','tax-bureau','610100','2021Q4',0,'{"id":"01a2124c-a85f-7270-9dd0-b18bb1939090","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":"tax-bureau","region":"610100","period":"2021Q4","statistic":"mean","value":"138/25","unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":"275/276","gap":"1/50","status":"missed","reason":null,"evidence":"reported","reporters":1,"expected":1,"sample_size":"10","within_limit":null,"mean":"138/25","p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.444201Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}','{"target":"T16","indicator":"export-rebate-days","clause":"21.2","statistic":"mean","unit":"workday","op":"<=","threshold":5.5,"basis":"stated","decided_by":null,"decided_since":null,"judged_by":null,"judged_by_is_reading":false,"period":"2021Q4","period_first":"2021-10-01","period_last":"2021-12-31","judged_day":"2021-12-31","phase":"at","reporters":1,"expected":1,"inputs":[{"kind":"reported","org":"tax-bureau","region":"610100","period":"2021Q4","value":5.52,"numerator":55.2,"weight":10,"overdue_open":0,"submission_id":"01a2124c-a828-7ead-8965-61f025f684d1"}],"distribution":[],"lines":[{"zh":"按样本量加权平均 (5.52 × 10) / 10 = 5.52","en":"average by sample size (5.52 × 10) / 10 = 5.52"},{"zh":"5.52 <= 5.5 不成立；达成度 ≈0.9964；未达到","en":"5.52 <= 5.5 is false; attainment ≈0.9964; not attained"},{"zh":"常设要求：期间已结束","en":"a standing target: the period has ended"},{"zh":"结论：未达标","en":"verdict: missed"}],"notes":[],"status":"missed","reason":null,"register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"}');
CREATE TABLE verdicts (
	target VARCHAR NOT NULL, 
	org VARCHAR NOT NULL, 
	region VARCHAR NOT NULL, 
	period VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	present BOOLEAN NOT NULL, 
	document VARCHAR NOT NULL, 
	PRIMARY KEY (target, org, region, period), 
	UNIQUE (id)
)
 WITHOUT ROWID

;
INSERT INTO "verdicts" VALUES('T16','','610100','2021Q1','01a2124c-a738-7279-9dd3-2057846cb93c','unknown',0,'{"row":{"id":"01a2124c-a738-7279-9dd3-2057846cb93c","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q1","statistic":"mean","value":null,"unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":null,"gap":null,"status":"unknown","reason":"no_figure","evidence":null,"reporters":0,"expected":2,"sample_size":null,"within_limit":null,"mean":null,"p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.013906Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"},"period_end":"2021-03-31","present":false,"ended":true,"previous_status":null,"inputs_digest":"4f53cda18c2baa0c0354bb5f9a3ecbe5","proof_digest":"59710d938e267e92467a95b2fb83ffaf"}');
INSERT INTO "verdicts" VALUES('T16','','610100','2021Q2','01a2124c-a738-7279-9dd3-20582788c0d6','unknown',0,'{"row":{"id":"01a2124c-a738-7279-9dd3-20582788c0d6","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q2","statistic":"mean","value":null,"unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":null,"gap":null,"status":"unknown","reason":"no_figure","evidence":null,"reporters":0,"expected":2,"sample_size":null,"within_limit":null,"mean":null,"p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.013906Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"},"period_end":"2021-06-30","present":false,"ended":true,"previous_status":"unknown","inputs_digest":"4f53cda18c2baa0c0354bb5f9a3ecbe5","proof_digest":"547baa8b773a33bdae3fcf5f64747c66"}');
INSERT INTO "verdicts" VALUES('T16','','610100','2021Q3','01a2124c-a738-7279-9dd3-205848dfb04d','unknown',0,'{"row":{"id":"01a2124c-a738-7279-9dd3-205848dfb04d","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q3","statistic":"mean","value":null,"unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":null,"gap":null,"status":"unknown","reason":"no_figure","evidence":null,"reporters":0,"expected":2,"sample_size":null,"within_limit":null,"mean":null,"p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.013906Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"},"period_end":"2021-09-30","present":false,"ended":true,"previous_status":"unknown","inputs_digest":"4f53cda18c2baa0c0354bb5f9a3ecbe5","proof_digest":"aeb4801384c8e98b18d1178bda9de73d"}');
INSERT INTO "verdicts" VALUES('T16','','610100','2021Q4','01a2124c-a85f-7270-9dd0-b18b1c740baf','missed',1,'{"row":{"id":"01a2124c-a85f-7270-9dd0-b18b1c740baf","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":null,"region":"610100","period":"2021Q4","statistic":"mean","value":"138/25","unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":"275/276","gap":"1/50","status":"missed","reason":null,"evidence":"reported","reporters":1,"expected":2,"sample_size":"10","within_limit":null,"mean":"138/25","p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.444201Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"},"period_end":"2021-12-31","present":true,"ended":true,"previous_status":"unknown","inputs_digest":"35af2877a7ba1640f1990d6b7e1254e4","proof_digest":"e60bf110b925a9259c6200f3581d025e"}');
INSERT INTO "verdicts" VALUES('T16','tax-bureau','610100','2021Q4','01a2124c-a85f-7270-9dd0-b18bb1939090','missed',1,'{"row":{"id":"01a2124c-a85f-7270-9dd0-b18bb1939090","target":"T16","indicator":"export-rebate-days","clause":"21.2","org":"tax-bureau","region":"610100","period":"2021Q4","statistic":"mean","value":"138/25","unit":"workday","op":"<=","threshold":"11/2","basis":"stated","due":null,"attainment_ratio":"275/276","gap":"1/50","status":"missed","reason":null,"evidence":"reported","reporters":1,"expected":1,"sample_size":"10","within_limit":null,"mean":"138/25","p90":null,"max":null,"overdue_open":null,"near_threshold":false,"provisional":false,"insufficient_sample":false,"evaluated_at":"2026-11-25T10:42:23.444201Z","register_version":"xa-2021-6+38d366e109be","calendar_version":"chinesecalendar-1.11.0"},"period_end":"2021-12-31","present":true,"ended":true,"previous_status":null,"inputs_digest":"35af2877a7ba1640f1990d6b7e1254e4","proof_digest":"7f3dbb83ea14a88a6d8097d9c8a29f0f"}');
CREATE INDEX figures_within ON figures (indicator, period_first);
CREATE INDEX cases_open_at ON cases (indicator, completed_us, accepted_us) WHERE outcome != 'withdrawn';
CREATE INDEX verdicts_by_region ON verdicts (region, id);
CREATE INDEX verdicts_by_status ON verdicts (status, id);
CREATE INDEX verdicts_by_org ON verdicts (org, id);
CREATE INDEX verdicts_by_period ON verdicts (period, id);
CREATE INDEX verdicts_by_target ON verdicts (target, id);
CREATE INDEX verdicts_present ON verdicts (present, target);
CREATE INDEX verdict_versions_of ON verdict_versions (target, org, region, period, id);
CREATE INDEX alerts_seen_open ON alerts_seen (open, id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',623);
COMMIT;
