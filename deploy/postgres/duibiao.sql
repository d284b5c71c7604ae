-- Run once by the image on an empty volume: our own user, who owns our database and nothing else.
\set ON_ERROR_STOP on
\set password `cat /run/secrets/database-password`
CREATE ROLE duibiao LOGIN PASSWORD :'password';
-- What the product asks for: text sorts by code point.
CREATE DATABASE duibiao OWNER duibiao TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
REVOKE ALL ON DATABASE duibiao FROM PUBLIC;
