import Application
import Domain
import Fakes
import Foundation
import Testing

/// The folder of Razorpay's sample payloads, if it is available; the bodies of the other tests have the same form.
private let samples = ProcessInfo.processInfo.environment["RAZORPAY_SAMPLES"]

@Suite("Razorpay's own samples", .enabled(if: samples != nil, "RAZORPAY_SAMPLES names no folder"))
struct RazorpaySamplesTests {
  private struct Sample {
    let name: String
    let event: String
    let text: String
    let payment: [String: Any]
    /// The part of the payment's money that is concerned, if not all of it.
    let part: Int64?

    init(_ file: URL) throws {
      name = file.lastPathComponent
      text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      let body = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
      event = try #require(body["event"] as? String)
      let payload = try #require(body["payload"] as? [String: Any])
      func entity(_ name: String) -> [String: Any]? {
        (payload[name] as? [String: Any])?["entity"] as? [String: Any]
      }
      payment = try #require(entity("payment"))
      part = (entity("refund") ?? entity("dispute"))?["amount"] as? Int64
    }

    /// A shop that sells ten minutes at the sample's price.
    func shop() throws -> Shop {
      let price = Money(Paise(try #require(payment["amount"] as? Int64)))
      return Shop(packs: [
        Pack(
          id: "ten-minutes", version: 1, name: "Ten minutes", talkTime: .minutes(10), price: price, taxRate: .standard)
      ])
    }

    /// The same body with an order of ours. One of the samples has a payment without an order.
    func about(_ order: Order) throws -> [UInt8] {
      let ours = "\"order_id\": \"\(try #require(order.razorpayOrderID))\""
      let sampled = (payment["order_id"] as? String).map { "\"\($0)\"" } ?? "null"
      return Array(text.replacingOccurrences(of: "\"order_id\": \(sampled)", with: ours).utf8)
    }
  }

  private static var all: [Sample] {
    get throws {
      let folder = URL(fileURLWithPath: try #require(samples))
      return try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
        .map { try Sample(folder.appending(path: $0)) }
    }
  }

  @Test("all samples are understood, and wait for their orders")
  func understood() async throws {
    let all = try Self.all
    #expect(!all.isEmpty)
    for sample in all {
      let shop = Shop()
      #expect(try await shop.deliver(Array(sample.text.utf8), eventID: sample.name) == nil, "\(sample.name)")
    }
  }

  @Test("all samples have their right effect on an order of ours, once")
  func effects() async throws {
    for sample in try Self.all {
      let shop = try sample.shop()
      let id = try #require(sample.payment["id"] as? String)
      let isAboutPaid = sample.part != nil
      let order = isAboutPaid ? try await shop.paidOrder(payment: id) : try await shop.place()
      if sample.event == "payment.authorized" { _ = shop.pay(order, .authorized, id: id) }
      let effect = try #require(Self.effect(of: sample, order), "\(sample.name) is not expected")
      for delivery in 1...2 {
        let outcome = try await shop.deliver(try sample.about(order), eventID: "\(sample.name) \(delivery)")
        // A payment that was captured later is not authorized any more.
        let isStale = delivery == 2 && sample.event == "payment.authorized"
        #expect(outcome?.rawValue == (isStale ? "stale" : effect.outcome), "\(sample.name)")
        #expect(try await shop.status(order) == effect.status, "\(sample.name)")
        #expect(try await shop.balance() == effect.balance, "\(sample.name)")
        #expect(try await shop.isFrozen() == (sample.event == "payment.dispute.created"), "\(sample.name)")
        #expect(shop.webhooks.row("\(sample.name) \(delivery)")?.type == sample.event)
      }
    }
  }

  private static func effect(
    of sample: Sample, _ order: Order
  ) -> (outcome: String, status: OrderStatus, balance: TalkTime)? {
    let part = Paise(sample.part ?? 0)
    let rest =
      order.talkTime
      - RefundTalkTimeShares(talkTime: order.talkTime, paid: order.price.amount, amounts: []).share(of: part)
    return switch sample.event {
    case "order.paid", "payment.captured", "payment.authorized": ("credited", .paid, order.talkTime)
    case "payment.failed": ("failed", .failed, .zero)
    case "refund.created", "refund.processed", "payment.dispute.lost": ("taken", .partiallyRefunded, rest)
    case "refund.failed", "payment.dispute.won": ("taken", .paid, order.talkTime)
    case "payment.dispute.created": ("taken", .disputed, order.talkTime)
    default: nil
    }
  }
}
