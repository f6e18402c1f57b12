import Application
import ArgumentParser
import Domain
import Foundation
import PostgresAdapter
import TalkJSON

extension SessionsSubcommand {
  struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract:
        "Proves what a talk has cost: beats, silences, slices, the provider's word and every entry of the ledger.")
    @OptionGroup var database: DatabaseOptions
    @Argument(help: "The talk's id.") var session: SessionID
    @Flag(help: "As the API has it.") var json = false

    func run() async throws {
      let pool = try database.pool()
      defer { pool.close() }
      let proof: TalkProof
      do throws(ReadTalkProofError) {
        proof = try await ReadTalkProof(proofs: PostgresTalkProofReader(database: pool))(session, by: nil)
      } catch {
        throw OperatorRefusal(Self.sentence(error))
      }
      if json {
        print(try Self.json(proof))
      } else {
        for line in TalkProofText(proof).lines { print(line) }
      }
      guard proof.agrees else { throw ExitCode(1) }
    }

    private static func json(_ proof: TalkProof) throws -> String {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.dateEncodingStrategy = .custom { date, encoder in
        var container = encoder.singleValueContainer()
        try container.encode(MomentArgument.text(date))
      }
      return String(decoding: try encoder.encode(proof), as: UTF8.self)
    }

    private static func sentence(_ error: ReadTalkProofError) -> String {
      switch error {
      case .notFound: "there is no such talk"
      case .sessionLive: "the talk is not settled yet"
      case .unavailable: "the database did not answer"
      }
    }
  }
}

/// A proof in an operator's form.
struct TalkProofText {
  private let proof: TalkProof

  init(_ proof: TalkProof) { self.proof = proof }

  var lines: [String] { head + beats + gaps + table.lines + meanwhile + check }

  private var head: [String] {
    let record = proof.record
    return [
      "talk \(record.session) of user \(record.user)",
      "agent \(proof.agent), conversation \(record.conversation ?? "none")",
      "from \(MomentArgument.text(record.createdAt)) to \(record.settledAt.map(MomentArgument.text) ?? "-"), "
        + "ended by \(record.endReason?.rawValue ?? "-")",
    ]
  }

  private var beats: [String] {
    guard let trace = proof.trace else { return ["\(proof.beats) beats; of how they came nothing is known"] }
    let (first, last) = (trace.firstBeat.map(moment) ?? "-", trace.lastBeat.map(moment) ?? "-")
    let tail = proof.record.charged - trace.chargedToLastBeat
    return [
      "\(proof.beats) beats, first \(first), last \(last)",
      "charged \(trace.chargedToLastBeat) to the last beat and \(tail) after it; forgiven \(proof.forgiven)",
    ]
  }

  private var gaps: [String] {
    guard let gaps = proof.trace?.gaps, gaps.count > 0 else { return ["no silence longer than 7.5 s"] }
    let more = Int(gaps.count) - gaps.first.count
    return ["\(gaps.count) silences longer than 7.5 s, \(gaps.total) altogether"]
      + gaps.first.map { "  at \($0.at): silent for \($0.length), charged \($0.charged)" }
      + (more > 0 ? ["  and \(more) more"] : [])
  }

  private var table: TextTable {
    var table = TextTable([
      ("when", .left), ("kind", .left), ("available", .right), ("held", .right), ("owed", .right),
      ("version", .right), ("reference", .left),
    ])
    for entry in proof.entries {
      table.add([
        MomentArgument.text(entry.at), entry.kind, String(entry.change.available.milliseconds),
        String(entry.change.held.milliseconds), String(entry.change.owed.milliseconds), String(entry.walletVersion),
        entry.reference,
      ])
    }
    return table
  }

  private var meanwhile: [String] {
    proof.walletChanges.map { change in
      let heard = proof.trace.map { change.walletVersion <= $0.walletVersion ? ", heard by the talk" : ", not heard" }
      return
        "meanwhile \(MomentArgument.text(change.at)) \(change.kind) \(change.amount), version \(change.walletVersion)"
        + (heard ?? "")
    }
  }

  private var check: [String] {
    let provider = proof.record.conversationDuration.map { "\($0)" } ?? "not known"
    return [
      "the provider's duration: \(provider); adjusted by \(proof.adjusted)",
      "\(proof.agrees ? "✓" : "✗") charged \(proof.record.charged), the ledger took \(proof.taken)",
    ]
  }

  private func moment(_ milliseconds: Int64) -> String {
    MomentArgument.text(Date(unixMilliseconds: milliseconds))
  }
}
