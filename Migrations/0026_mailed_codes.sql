-- The mails of links hold a code, too, for the device where the person began. A code is derived like a link's secret,
-- so that no row holds one. A try is counted before the code is compared.
ALTER TABLE account_links ADD COLUMN code_tries integer NOT NULL DEFAULT 0 CHECK (code_tries BETWEEN 0 AND 5);
