-- Receipts and credit notes are issued after the money has moved. Who has none yet is found by an index that holds
-- nobody else, however long the history is.
ALTER TABLE transactions ADD COLUMN receipt text REFERENCES tax_documents;
ALTER TABLE refunds ADD COLUMN credit_note text REFERENCES tax_documents;
CREATE INDEX transactions_without_receipt ON transactions (paid_at, id)
  WHERE paid_at IS NOT NULL AND receipt IS NULL AND guide_status IS NULL;
CREATE INDEX refunds_without_credit_note ON refunds (finished_at, number)
  WHERE status = 'processed' AND credit_note IS NULL AND origin <> 'surplus';
CREATE INDEX tax_documents_by_transaction ON tax_documents (transaction_id, kind, sequence);
