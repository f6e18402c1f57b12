import Application
import Domain
import Foundation
import PostgresAdapter
import PostgresDriver
import Testing

@Suite("Documents in Postgres", .serialized)
struct PostgresDocumentRepositoryTests {
  private func issue(_ documents: PostgresDocumentRepository) -> IssueDueDocuments {
    DocumentRepositoryStage.issuer(documents)
  }

  @Test("an unpaid order, or one from the legacy deployment's tables, gets no receipt")
  func noReceipt() async throws {
    try await withMigratedDatabase { database in
      let documents = PostgresDocumentRepository(database: database.pool)
      let open = try await DocumentRepositoryStage.paid(Paise(100), nil, nil, database.pool)
      let legacy = try await DocumentRepositoryStage.paid(Paise(100), nil, Date(), guide: "paid", database.pool)
      #expect(try await issue(documents)() == 0)
      for order in [open, legacy] { #expect(try await documents.receipt(of: order) == nil) }
    }
  }

  @Test("a refund that is pending, failed, or of a payment that credited nothing gets no credit note")
  func noCreditNote() async throws {
    try await withMigratedDatabase { database in
      let pool = database.pool
      let documents = PostgresDocumentRepository(database: pool)
      let order = try await DocumentRepositoryStage.paid(Paise(500), nil, Date(), pool)
      for status in ["requested", "pending", "failed"] {
        try await DocumentRepositoryStage.insertRefund(
          UUID(), Paise(100), order, origin: "operator", status: status, pool)
      }
      for origin in ["surplus", "razorpay"] {
        try await DocumentRepositoryStage.insertRefund(
          UUID(), Paise(100), order, origin: origin, payment: "pay_other", pool)
      }
      #expect(try await issue(documents)() == 1)
      #expect(try await documents.creditNotes(of: order).isEmpty)
      try await pool.query("UPDATE refunds SET status = 'processed', finished_at = now() WHERE status = 'pending'")
      #expect(try await issue(documents)() == 1)
      #expect(try await documents.creditNotes(of: order).count == 1)
    }
  }

  @Test("an issuer that is interrupted leaves neither a gap nor a duplicate")
  func cutOff() async throws {
    struct Cut: Error {}
    try await withMigratedDatabase { database in
      let pool = database.pool
      let documents = PostgresDocumentRepository(database: pool)
      for _ in 0..<5 { _ = try await DocumentRepositoryStage.paid(Paise(19_900), nil, Date(), pool) }
      // The server ends the connection of the transaction that writes the third document.
      try await pool.query(
        PostgresQuery(
          script: """
            CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;
            CREATE TRIGGER cut BEFORE INSERT ON tax_documents FOR EACH ROW WHEN (NEW.sequence = 3) EXECUTE FUNCTION cut()
            """))
      await #expect(throws: BillingError.unavailable) { try await issue(documents)() }
      #expect(try await pool.count("tax_documents") == 0)
      try await pool.query("DROP TRIGGER cut ON tax_documents")
      #expect(try await issue(documents)() == 5)
      let numbers = try await pool.query("SELECT sequence FROM tax_documents ORDER BY sequence").rows
        .map { try $0.get("sequence", as: Int.self) }
      #expect(numbers == [1, 2, 3, 4, 5])
    }
  }

  @Test("a reversal is published once, by its number, and the audit knows how much credit notes may take")
  func reversal() async throws {
    try await RoleDatabase.with { roles async throws in
      let order = try await DocumentRepositoryStage.paid(Paise(19_900), GSTState("KA"), Date(), roles.owner)
      let id = UUID()
      try await DocumentRepositoryStage.insertRefund(id, Paise(19_900), order, origin: "operator", roles.owner)
      let documents = PostgresDocumentRepository(database: roles[.billing])
      #expect(try await issue(documents)() == 2)
      try await roles.owner.query("UPDATE refunds SET status = 'failed' WHERE id = \(id)")
      // A state of the former version: a refund that was repeated was credited in addition to the first.
      try await DocumentRepositoryStage.insertRefund(UUID(), Paise(19_900), order, origin: "operator", roles.owner)
      #expect(try await issue(documents)() == 2)
      let told = try await roles.owner.query(
        "SELECT data::text AS data FROM outbox WHERE type = 'debit_note.issued'")
      let data = try #require(try told.rows.first?.get("data", as: String.self))
      #expect(told.rows.count == 1 && data.contains("DN") && data.contains(id.uuidString.lowercased()))
      let audit = LedgerAudit(database: roles.owner)
      func broken() async throws -> [String] {
        try await audit.verify().problems.filter { $0.hasPrefix("credit notes less") }
      }
      #expect(try await broken() == [])
      try await roles.owner.query("ALTER TABLE tax_documents DISABLE TRIGGER tax_documents_are_append_only")
      try await roles.owner.query("UPDATE refunds SET debit_note = NULL")
      try await roles.owner.query("DELETE FROM tax_documents WHERE kind = 'debit_note'")
      // The amount and both taxes.
      #expect(try await broken().count == 3)
    }
  }

  @Test("the billing role issues documents, the task role reads them, and an issued one cannot be changed")
  func roles() async throws {
    try await RoleDatabase.with { roles async throws in
      let order = try await DocumentRepositoryStage.paid(Paise(19_900), GSTState("KA"), Date(), roles.owner)
      try await DocumentRepositoryStage.insertRefund(UUID(), Paise(100), order, origin: "operator", roles.owner)
      #expect(try await issue(PostgresDocumentRepository(database: roles[.billing]))() == 2)
      let read = PostgresDocumentRepository(database: roles[.task])
      #expect(try await read.receipt(of: order)?.taxLines.map(\.kind.rawValue) == ["CGST", "SGST"])
      #expect(try await read.creditNotes(of: order).count == 1)
      await #expect(throws: PostgresError.self) {
        try await roles.owner.query("UPDATE tax_documents SET details = '{}'")
      }
    }
  }
}
