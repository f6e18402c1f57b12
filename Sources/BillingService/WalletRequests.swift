import Application
import Crypto
import Domain
import FoundationEssentials
import HTTPServing

struct CorrectionRequest: Decodable {
  let talkTime: Int64
  let reason: String
  enum CodingKeys: String, CodingKey { case talkTime = "talktime_ms", reason }
}

struct ReasonRequest: Decodable { let reason: String }

struct WalletResponse: Encodable {
  let user: String
  let balance, held, available, owed: Int64
  let frozen: Bool
  var version: Int64?
  var freezes: [FreezeResponse]?

  init(_ user: UserID, _ found: FreezableWallet) {
    self.user = user.description
    balance = found.wallet.balance.milliseconds
    held = found.wallet.held.milliseconds
    available = found.wallet.available.milliseconds
    owed = found.wallet.owed.milliseconds
    frozen = found.isFrozen
  }

  init(_ opened: WalletOverview) {
    self.init(opened.user, opened.balance)
    version = opened.version
    freezes = opened.freezes.map(FreezeResponse.init)
  }

  enum CodingKeys: String, CodingKey {
    case user = "user_id", balance = "balance_ms", held = "held_ms", available = "available_ms", owed = "owed_ms"
    case frozen, version, freezes
  }
}

struct FreezeResponse: Encodable {
  let cause, reason: String
  let since: Date

  init(_ freeze: ActiveFreeze) {
    cause = freeze.cause
    reason = freeze.reason
    since = freeze.since
  }

  enum CodingKeys: String, CodingKey { case cause, reason, since = "frozen_at" }
}

/// The reference of a correction in the ledger, which the wallet's user can read. It reveals nothing about the
/// operator, and differs for another operator, route or key.
func correctionReference(_ actor: String, _ route: String, key: String) -> String {
  Base64URL.encode(Array(SHA256.hash(data: Array("\(actor) \(route) \(key)".utf8))))
}
