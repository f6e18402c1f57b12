import Domain
import FoundationEssentials

/// Makes the secret of a mailed link, when it is sent and when it is checked: nothing that is stored can be used.
public protocol LinkSecretGenerator: Sendable {
  func secret(purpose: String, id: String, user: UserID, expires: Date) -> String
}
