CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

INSERT INTO "alembic_version" VALUES('0011');

CREATE TABLE balances (
	supplier VARCHAR(50) NOT NULL,
	sku VARCHAR(100) NOT NULL,
	catalog VARCHAR(50) NOT NULL,
	stock BIGINT,
	incoming BIGINT,
	wholesale_price BIGINT,
	available_date VARCHAR(10),
	published BOOLEAN NOT NULL,
	pool BOOLEAN NOT NULL,
	as_of BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	file BIGINT NOT NULL,
	CONSTRAINT fk_balances_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_balances PRIMARY KEY (supplier, sku, catalog)
);

CREATE TABLE bookings (
	parcel BIGINT NOT NULL,
	carrier VARCHAR(50) NOT NULL,
	about BIGINT,
	file BIGINT,
	answered_at BIGINT,
	error TEXT,
	CONSTRAINT fk_bookings_about FOREIGN KEY(about) REFERENCES files (id),
	CONSTRAINT fk_bookings_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT fk_bookings_parcel FOREIGN KEY(parcel) REFERENCES parcels (id),
	CONSTRAINT pk_bookings PRIMARY KEY (parcel)
);

CREATE TABLE carried (
	id INTEGER NOT NULL,
	file BIGINT NOT NULL,
	"order" BIGINT,
	shipment BIGINT,
	CONSTRAINT fk_carried_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT fk_carried_order FOREIGN KEY("order") REFERENCES orders (id),
	CONSTRAINT fk_carried_shipment FOREIGN KEY(shipment) REFERENCES shipments (id),
	CONSTRAINT pk_carried PRIMARY KEY (id)
);

CREATE TABLE claims (
	partner VARCHAR(50) NOT NULL,
	place TEXT NOT NULL,
	since BIGINT NOT NULL,
	CONSTRAINT pk_claims PRIMARY KEY (partner, place)
);

CREATE TABLE contents (
	file BIGINT NOT NULL,
	body BLOB NOT NULL,
	CONSTRAINT fk_contents_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_contents PRIMARY KEY (file)
);

CREATE TABLE events (
	id INTEGER NOT NULL,
	at BIGINT NOT NULL,
	occurred_at VARCHAR(32),
	retailer VARCHAR(50),
	"order" BIGINT,
	shipment BIGINT,
	what VARCHAR(20) NOT NULL,
	"from" TEXT,
	"to" TEXT,
	"by" VARCHAR(50) NOT NULL,
	reason TEXT,
	file BIGINT,
	CONSTRAINT fk_events_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT fk_events_order FOREIGN KEY("order") REFERENCES orders (id),
	CONSTRAINT fk_events_shipment FOREIGN KEY(shipment) REFERENCES shipments (id),
	CONSTRAINT pk_events PRIMARY KEY (id)
);

CREATE TABLE files (
	id INTEGER NOT NULL,
	direction VARCHAR(3) NOT NULL,
	partner VARCHAR(50) NOT NULL,
	name TEXT NOT NULL,
	kind VARCHAR(20),
	mapping TEXT,
	mapping_version VARCHAR(64),
	state VARCHAR(12) NOT NULL,
	answer INTEGER,
	read INTEGER NOT NULL,
	accepted INTEGER NOT NULL,
	unchanged INTEGER NOT NULL,
	refused INTEGER NOT NULL,
	skipped INTEGER NOT NULL,
	size BIGINT NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	at BIGINT NOT NULL,
	ended_at BIGINT,
	round BIGINT,
	arrival INTEGER,
	source TEXT,
	modified_at BIGINT,
	seq BIGINT,
	about BIGINT,
	answered_at BIGINT,
	crashes INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	next_try BIGINT,
	error TEXT, purged_at BIGINT,
	CONSTRAINT fk_files_about FOREIGN KEY(about) REFERENCES files (id),
	CONSTRAINT pk_files PRIMARY KEY (id),
	CONSTRAINT uq_files_source UNIQUE (source)
);

CREATE TABLE full_files (
	partner VARCHAR(50) NOT NULL,
	mapping VARCHAR(200) NOT NULL,
	records INTEGER NOT NULL,
	CONSTRAINT pk_full_files PRIMARY KEY (partner, mapping)
);

CREATE TABLE journal (
	seq BIGINT NOT NULL,
	at BIGINT NOT NULL,
	kind VARCHAR(12) NOT NULL,
	file BIGINT NOT NULL,
	partner VARCHAR(50) NOT NULL,
	name TEXT NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	size BIGINT NOT NULL,
	prev_hash VARCHAR(64) NOT NULL,
	hash VARCHAR(64) NOT NULL,
	CONSTRAINT pk_journal PRIMARY KEY (seq)
);

CREATE TABLE lying (
	partner VARCHAR(50) NOT NULL,
	"key" TEXT NOT NULL,
	size BIGINT NOT NULL,
	modified_at BIGINT NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	file BIGINT,
	why TEXT NOT NULL,
	since BIGINT NOT NULL,
	CONSTRAINT fk_lying_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_lying PRIMARY KEY (partner, "key")
);

CREATE TABLE marks (
	file BIGINT NOT NULL,
	rows JSON NOT NULL,
	CONSTRAINT fk_marks_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_marks PRIMARY KEY (file)
);

CREATE TABLE order_lines (
	id INTEGER NOT NULL,
	"order" BIGINT NOT NULL,
	position INTEGER NOT NULL,
	line_no VARCHAR(50) NOT NULL,
	sku VARCHAR(100),
	ean VARCHAR(14),
	name TEXT,
	quantity BIGINT NOT NULL,
	unit VARCHAR(20),
	price BIGINT,
	vat_rate BIGINT,
	total BIGINT,
	x JSON NOT NULL,
	"row" INTEGER,
	supplier VARCHAR(50),
	catalog VARCHAR(50),
	product VARCHAR(100),
	wholesale_price BIGINT,
	routed_by VARCHAR(20),
	shipment BIGINT,
	submitted_at BIGINT NOT NULL,
	delivered_quantity BIGINT,
	said_total BIGINT,
	cancelled_quantity BIGINT NOT NULL,
	cancel_asked BIGINT,
	cancel_reason TEXT,
	expected_date VARCHAR(10), left_out BIGINT DEFAULT '0' NOT NULL, again BIGINT, supplier_x JSON,
	CONSTRAINT fk_order_lines_order FOREIGN KEY("order") REFERENCES orders (id),
	CONSTRAINT fk_order_lines_shipment FOREIGN KEY(shipment) REFERENCES shipments (id),
	CONSTRAINT pk_order_lines PRIMARY KEY (id)
);

CREATE TABLE orders (
	id BIGINT NOT NULL,
	retailer VARCHAR(50) NOT NULL,
	number VARCHAR(50) NOT NULL,
	made BOOLEAN NOT NULL,
	content VARCHAR(64) NOT NULL,
	date VARCHAR(32),
	currency VARCHAR(3) NOT NULL,
	document_type VARCHAR(20) NOT NULL,
	draft BOOLEAN NOT NULL,
	head JSON NOT NULL,
	accepted_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	file BIGINT NOT NULL,
	"row" INTEGER, purged_at BIGINT,
	CONSTRAINT fk_orders_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_orders PRIMARY KEY (id),
	CONSTRAINT uq_orders_number UNIQUE (retailer, number)
);

CREATE TABLE "parcel_lines" (
	parcel BIGINT NOT NULL,
	line BIGINT NOT NULL,
	quantity BIGINT,
	CONSTRAINT fk_parcel_lines_line FOREIGN KEY(line) REFERENCES order_lines (id),
	CONSTRAINT fk_parcel_lines_parcel FOREIGN KEY(parcel) REFERENCES parcels (id),
	CONSTRAINT pk_parcel_lines PRIMARY KEY (parcel, line)
);

CREATE TABLE parcels (
	id INTEGER NOT NULL,
	shipment BIGINT NOT NULL,
	parcel VARCHAR(50) NOT NULL,
	tracking_number VARCHAR(500),
	carrier VARCHAR(100),
	service_code VARCHAR(50),
	weight BIGINT, number_by VARCHAR(8),
	CONSTRAINT fk_parcels_shipment FOREIGN KEY(shipment) REFERENCES shipments (id),
	CONSTRAINT pk_parcels PRIMARY KEY (id),
	CONSTRAINT uq_parcels_parcel UNIQUE (shipment, parcel)
);

CREATE TABLE prints (
	id INTEGER NOT NULL,
	parcel BIGINT NOT NULL,
	supplier VARCHAR(50) NOT NULL,
	what VARCHAR(10) NOT NULL,
	format VARCHAR(4) NOT NULL,
	state VARCHAR(8) NOT NULL,
	cause BIGINT,
	file BIGINT,
	merged BIGINT,
	error TEXT,
	CONSTRAINT fk_prints_cause FOREIGN KEY(cause) REFERENCES files (id),
	CONSTRAINT fk_prints_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT fk_prints_merged FOREIGN KEY(merged) REFERENCES files (id),
	CONSTRAINT fk_prints_parcel FOREIGN KEY(parcel) REFERENCES parcels (id),
	CONSTRAINT pk_prints PRIMARY KEY (id),
	CONSTRAINT uq_prints_parcel UNIQUE (parcel, what, format)
);

CREATE TABLE problems (
	file BIGINT NOT NULL,
	n INTEGER NOT NULL,
	code VARCHAR(30) NOT NULL,
	level VARCHAR(8) NOT NULL,
	sheet TEXT,
	"row" INTEGER,
	cell VARCHAR(12),
	"column" TEXT,
	field TEXT,
	record TEXT,
	value TEXT,
	message TEXT NOT NULL,
	hint TEXT NOT NULL,
	CONSTRAINT fk_problems_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_problems PRIMARY KEY (file, n)
);

CREATE TABLE products (
	supplier VARCHAR(50) NOT NULL,
	sku VARCHAR(100) NOT NULL,
	ean VARCHAR(14),
	name TEXT,
	price BIGINT,
	currency VARCHAR(3),
	vat_rate BIGINT,
	unit VARCHAR(20),
	weight BIGINT,
	brand TEXT,
	category TEXT,
	active BOOLEAN NOT NULL,
	more JSON NOT NULL,
	told BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	file BIGINT NOT NULL,
	CONSTRAINT fk_products_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_products PRIMARY KEY (supplier, sku)
);

CREATE TABLE reach (
	partner VARCHAR(50) NOT NULL,
	failures INTEGER NOT NULL,
	refusals INTEGER NOT NULL,
	since BIGINT NOT NULL,
	next_try BIGINT,
	code VARCHAR(30) NOT NULL,
	error TEXT NOT NULL,
	CONSTRAINT pk_reach PRIMARY KEY (partner)
);

CREATE TABLE receipts (
	file BIGINT NOT NULL,
	mapping VARCHAR(200) NOT NULL,
	partner VARCHAR(50) NOT NULL,
	records JSON NOT NULL,
	CONSTRAINT fk_receipts_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_receipts PRIMARY KEY (file, mapping)
);

CREATE TABLE received (
	id INTEGER NOT NULL,
	supplier VARCHAR(50) NOT NULL,
	sku VARCHAR(100) NOT NULL,
	catalog VARCHAR(50) NOT NULL,
	at BIGINT NOT NULL,
	quantity BIGINT NOT NULL,
	file BIGINT NOT NULL,
	CONSTRAINT fk_received_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_received PRIMARY KEY (id)
);

CREATE TABLE rounds (
	id INTEGER NOT NULL,
	phase VARCHAR(10) NOT NULL,
	send_all BOOLEAN NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT,
	CONSTRAINT pk_rounds PRIMARY KEY (id)
);

CREATE TABLE sends (
	partner VARCHAR(50) NOT NULL,
	name VARCHAR(200) NOT NULL,
	next_due BIGINT,
	last_event BIGINT NOT NULL,
	CONSTRAINT pk_sends PRIMARY KEY (partner, name)
);

CREATE TABLE series (
	name VARCHAR(300) NOT NULL,
	value BIGINT NOT NULL,
	CONSTRAINT pk_series PRIMARY KEY (name)
);

CREATE TABLE "shipments" (
	id BIGINT NOT NULL,
	number VARCHAR(20) NOT NULL,
	"order" BIGINT NOT NULL,
	retailer VARCHAR(50) NOT NULL,
	supplier VARCHAR(50) NOT NULL,
	status VARCHAR(20) NOT NULL,
	held VARCHAR(20),
	supplier_reference VARCHAR(100),
	ship_date VARCHAR(32),
	created_at BIGINT NOT NULL,
	submitted_at BIGINT,
	status_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL,
	cancel_asked_at BIGINT,
	cancel_reason TEXT,
	rest_open BOOLEAN DEFAULT 0 NOT NULL, x JSON,
	CONSTRAINT fk_shipments_order FOREIGN KEY("order") REFERENCES orders (id),
	CONSTRAINT pk_shipments PRIMARY KEY (id),
	CONSTRAINT uq_shipments_number UNIQUE (number)
);

CREATE TABLE told (
	partner VARCHAR(50) NOT NULL,
	mapping VARCHAR(200) NOT NULL,
	subject VARCHAR(160) NOT NULL,
	hash VARCHAR(64) NOT NULL,
	file BIGINT NOT NULL,
	CONSTRAINT fk_told_file FOREIGN KEY(file) REFERENCES files (id),
	CONSTRAINT pk_told PRIMARY KEY (partner, mapping, subject)
);

CREATE INDEX ix_balances_catalog ON balances (catalog);

CREATE INDEX ix_bookings_carrier ON bookings (carrier, file);

CREATE INDEX ix_bookings_file ON bookings (file);

CREATE INDEX ix_carried_file ON carried (file);

CREATE INDEX ix_carried_order ON carried ("order");

CREATE INDEX ix_carried_shipment ON carried (shipment);

CREATE INDEX ix_events_order ON events ("order");

CREATE INDEX ix_events_retailer ON events (retailer, id);

CREATE INDEX ix_events_shipment ON events (shipment);

CREATE INDEX ix_files_about ON files (about);

CREATE INDEX ix_files_name ON files (partner, direction, name);

CREATE INDEX ix_files_open ON files (state) WHERE ended_at IS NULL;

CREATE INDEX ix_files_state ON files (state, direction, partner);

CREATE INDEX ix_files_unanswered ON files (id) WHERE direction = 'in' AND answered_at IS NULL;

CREATE INDEX ix_journal_file ON journal (file);

CREATE INDEX ix_order_lines_order ON order_lines ("order");

CREATE INDEX ix_order_lines_reserved ON order_lines (supplier, product, submitted_at);

CREATE INDEX ix_order_lines_shipment ON order_lines (shipment);

CREATE INDEX ix_orders_content ON orders (retailer, content);

CREATE INDEX ix_orders_file ON orders (file);

CREATE INDEX ix_parcels_tracking ON parcels (tracking_number);

CREATE INDEX ix_prints_state ON prints (state, supplier);

CREATE INDEX ix_products_ean ON products (ean);

CREATE INDEX ix_products_sku ON products (sku);

CREATE INDEX ix_receipts_partner ON receipts (partner, mapping);

CREATE INDEX ix_received_at ON received (supplier, at);

CREATE INDEX ix_received_product ON received (supplier, sku);

CREATE INDEX ix_rounds_open ON rounds (ended_at);

CREATE INDEX ix_shipments_cancel_asked ON shipments (supplier) WHERE cancel_asked_at IS NOT NULL;

CREATE INDEX ix_shipments_order ON shipments ("order");

CREATE INDEX ix_shipments_supplier ON shipments (supplier, status);

CREATE INDEX ix_shipments_unsubmitted ON shipments (id) WHERE submitted_at IS NULL;
