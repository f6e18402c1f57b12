import Application
import Fakes
import Foundation
import Testing

/// The folder of Razorpay's own sample payloads, where one is at hand; the bodies of the other tests have their shapes.
private let samples = ProcessInfo.processInfo.environment["RAZORPAY_SAMPLES"]

@Suite("Razorpay's own samples", .enabled(if: samples != nil, "RAZORPAY_SAMPLES names no folder"))
struct RazorpaySamplesTests {
  @Test("are all understood: what we work on waits for its order, the rest is kept")
  func understood() async throws {
    let shop = Shop()
    let folder = URL(fileURLWithPath: try #require(samples))
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }
    #expect(!files.isEmpty)
    for file in files {
      try await shop.webhooks.keep(Array(try Data(contentsOf: folder.appending(path: file))), eventID: file)
      let webhook = try #require(try await shop.webhooks.next())
      let isOurs = ["order.paid", "payment.authorized", "payment.captured", "payment.failed"].contains {
        file.hasPrefix($0 + "-")
      }
      #expect(try await shop.handle(webhook) == (isOurs ? nil : "kept"), "\(file)")
    }
  }
}
