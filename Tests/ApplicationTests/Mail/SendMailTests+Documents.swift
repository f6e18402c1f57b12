import Application
import Domain
import Fakes
import FoundationEssentials
import Testing

/// How long a mail waits for its document.
extension SendMailTests {
  /// The next attempt at the only task of the queue, whose end is written as its worker would.
  private func attempt(_ handler: any TaskHandler, _ queue: InMemoryTaskQueue) async throws -> TaskOutcome {
    let task = try #require(try await queue.claim(limit: 1, worker: "a", lease: .seconds(9)).first)
    let outcome = await handler.perform(task)
    // It is due at once, so that the test says when the next look is.
    var end = TaskDisposition.again(after: .zero, code: nil, counts: false)
    if outcome == .completed { end = .completed }
    if case .failed(let code) = outcome { end = .failed(code: code) }
    if case .retry(let code, _) = outcome { end = .again(after: .zero, code: code, counts: true) }
    let isWritten = try await queue.finish(task, worker: "a", as: end)
    #expect(isWritten)
    return outcome
  }

  private func receiptTask(_ world: MailWorld) -> NewTask {
    NewTask(type: .receiptMail, payload: ReceiptMailPayload(paid()).json, userID: world.user, uniqueKey: nil)
  }

  @Test("the checks for a receipt that is never issued become less frequent, and end three days after the first one")
  func neverIssued() async throws {
    let (world, documents, queue) = (MailWorld(verified: true), documents(), InMemoryTaskQueue())
    let mail = SendReceiptMail(documents: documents, mail: mailDocument(world, steps: queue))
    queue.insert(receiptTask(world))
    // The queue has held the task up, and then the documents could not be read. No look has missed the receipt so far.
    queue.advance(.seconds(4 * 86_400))
    documents.goAway(true)
    #expect(try await attempt(mail, queue) == .retry(code: "receipt_unreadable", after: .zero))
    queue.advance(.seconds(86_400))
    documents.goAway(false)
    #expect(try await attempt(mail, queue) == .waiting(for: .seconds(1)))
    queue.advance(.seconds(600))
    #expect(try await attempt(mail, queue) == .waiting(for: .seconds(150)))
    queue.advance(.seconds(86_400 - 600))
    #expect(try await attempt(mail, queue) == .waiting(for: .seconds(3_600)))
    queue.advance(.seconds(2 * 86_400 - 1))
    #expect(try await attempt(mail, queue) == .waiting(for: .seconds(3_600)))
    queue.advance(.seconds(1))
    #expect(try await attempt(mail, queue) == .failed(code: "receipt_missing"))
    #expect(world.mailer.accepted.isEmpty)
  }

  @Test("an operator's retry begins the wait for a receipt anew")
  func neverIssuedAgain() async throws {
    let (world, documents, queue) = (MailWorld(verified: true), documents(), InMemoryTaskQueue())
    let mail = SendReceiptMail(documents: documents, mail: mailDocument(world, steps: queue))
    queue.insert(receiptTask(world))
    _ = try await attempt(mail, queue)
    queue.advance(.seconds(3 * 86_400))
    #expect(try await attempt(mail, queue) == .failed(code: "receipt_missing"))
    queue.advance(.seconds(3_600))
    let administration = InMemoryTaskAdministration(queue: queue)
    let row = try #require(try await administration.page(.everyone, after: nil, limit: 1).first)
    _ = try await administration.retry(row.id, reason: try #require(Reason("a test")), actor: "chief")
    queue.advance(.seconds(5))
    #expect(try await attempt(mail, queue) == .waiting(for: .seconds(1)))
    queue.advance(.seconds(2 * 86_400))
    #expect(try await attempt(mail, queue) == .waiting(for: .seconds(3_600)))
    try await documents.issue()
    #expect(try await attempt(mail, queue) == .completed)
    #expect(world.mailer.accepted.map(\.customID) == ["receipt-pay_1"])
  }

  @Test("a credit note that is never issued is waited for in the same way")
  func creditNoteNeverIssued() async throws {
    let (world, documents, queue) = (MailWorld(verified: true), documents(), InMemoryTaskQueue())
    try await documents.issue()
    let payload = CreditNoteMailPayload(orderID: orderID.description, refundID: "rfnd_2").json
    let mail = SendCreditNoteMail(documents: documents, mail: mailDocument(world, steps: queue))
    queue.insert(NewTask(type: .creditNoteMail, payload: payload, userID: world.user, uniqueKey: nil))
    queue.advance(.seconds(4 * 86_400))
    #expect(try await attempt(mail, queue) == .waiting(for: .seconds(1)))
    queue.advance(.seconds(3 * 86_400))
    #expect(try await attempt(mail, queue) == .failed(code: "credit_note_missing"))
    #expect(world.mailer.accepted.isEmpty)
  }
}
