import Application
import Logging

/// Checks talks whose holds have expired: lost talks are settled, live ones go on. Several instances may check at once,
/// since a talk is settled only once.
struct UnsettledTalkWorker: Sendable {
  let ledger: any TalkLedger
  let history: any TalkHistory
  let settle: SettleTalk
  let logger: Logger

  func runOnce() async throws {
    for talk in try await history.overdue(limit: 100) { await ask(talk) }
  }

  /// A talk that the ledger refuses does not delay the others: it is checked again when its holds next expire. A talk
  /// whose shard of Redis is unavailable does not delay them either: it is checked again in the next round.
  private func ask(_ talk: UnsettledTalk) async {
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
