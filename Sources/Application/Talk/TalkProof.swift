import Domain
import FoundationEssentials

/// The proof of a talk's cost: what was recorded of the talk, what was held for it, and every entry of the ledger about
/// it.
public struct TalkProof: Sendable, Equatable {
  /// One entry of the ledger about this talk or its conversation.
  public struct Entry: Sendable, Equatable {
    public let kind, reference: String
    public let change: Wallet.Change
    public let walletVersion: Int64
    public let at: Date

    public init(kind: String, reference: String, change: Wallet.Change, walletVersion: Int64, at: Date) {
      self.kind = kind
      self.reference = reference
      self.change = change
      self.walletVersion = walletVersion
      self.at = at
    }

    /// By how much the entry changed the wallet's worth; what is owed counts negative.
    public var worth: TalkTime { change.available + change.held - change.owed }
  }

  /// Another entry of the same wallet during the talk.
  public struct WalletChange: Sendable, Equatable {
    public let kind: String
    public let amount: TalkTime
    public let walletVersion: Int64
    public let at: Date

    public init(_ entry: Entry) {
      kind = entry.kind
      amount = entry.worth
      walletVersion = entry.walletVersion
      at = entry.at
    }
  }

  public let record: TalkRecord
  public let agent: String
  public let forgiven: TalkTime
  public let beats: Int64
  /// Nil for a talk that the store of live talks had lost, and for one that is older than traces.
  public let trace: TalkBeatSummary?
  /// The oldest first.
  public let entries: [Entry]
  public let walletChanges: [WalletChange]

  public init(
    record: TalkRecord, agent: String, forgiven: TalkTime, beats: Int64, trace: TalkBeatSummary?,
    entries: [Entry], walletChanges: [WalletChange]
  ) {
    self.record = record
    self.agent = agent
    self.forgiven = forgiven
    self.beats = beats
    self.trace = trace
    self.entries = entries
    self.walletChanges = walletChanges
  }

  /// What holds and settlement took from the wallet. It equals the charge if the ledger is correct.
  public var taken: TalkTime {
    entries.filter { $0.kind != Self.adjustment }.reduce(.zero) { $0 - $1.worth }
  }

  /// The talk time that was given back when the provider's duration was known; negative if talk time was taken.
  public var adjusted: TalkTime {
    entries.filter { $0.kind == Self.adjustment }.reduce(.zero) { $0 + $1.worth }
  }

  /// Whether the charge equals what the ledger took, and is at most what was charged to the last beat plus one gap.
  public var agrees: Bool {
    guard taken == record.charged else { return false }
    guard let trace else { return true }
    let tail = record.charged - trace.chargedToLastBeat
    return tail >= .zero && tail <= .milliseconds(Meter.longestGap)
  }

  private static let adjustment = "adjustment"
}

extension TalkProof {
  public struct Grant: Sendable, Equatable {
    public let amount, cumulative: TalkTime
    public let entry: Entry
  }

  /// The slices that were held, each with the sum up to it.
  public var grants: [Grant] {
    var sum = TalkTime.zero
    return entries.filter { $0.kind == "hold" }.map { entry in
      sum += entry.change.held
      return Grant(amount: entry.change.held, cumulative: sum, entry: entry)
    }
  }
}
