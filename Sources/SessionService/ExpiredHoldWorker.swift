import Application
import Logging

/// Asks about talks whose holds have run out: lost ones are settled, live ones go on. Instances that ask at once do no
/// harm: a talk is settled once.
struct ExpiredHoldWorker: Sendable {
  let ledger: any TalkLedger
  let history: any TalkHistory
  let settle: SettleTalk
  let logger: Logger

  func runOnce() async throws {
    for talk in try await history.overdue(limit: 100) { await ask(talk) }
  }

  /// One that the ledger refuses keeps nobody else waiting: it is asked about again when its holds run out once more. Nor
  /// does one whose shard of Redis is away: it is asked about at the next look.
  private func ask(_ talk: OverdueTalk) async {
    do throws(TalkLedgerError) {
      try await settle.question(talk)
      logger.notice("a hold had run out", metadata: ["session": "\(talk.session)"])
    } catch .refused {
      logger.error("a hold has run out and its talk cannot be settled", metadata: ["session": "\(talk.session)"])
      try? await ledger.extend(talk.session)
    } catch {
      logger.debug("a hold waits", metadata: ["session": "\(talk.session)", "error": "\(error)"])
    }
  }
}
