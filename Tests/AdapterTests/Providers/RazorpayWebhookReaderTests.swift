import Application
import Domain
import RazorpayAdapter
import Testing

@Suite("Reading Razorpay's webhooks")
struct RazorpayWebhookReaderTests {
  private let reader = RazorpayWebhookReader()

  private static func body(_ event: String, _ entities: [String: String]) -> [UInt8] {
    let payload = entities.map { #""\#($0)":{"entity":\#($1)}"# }.joined(separator: ",")
    return Array(#"{"entity":"event","event":"\#(event)","payload":{\#(payload)},"created_at":1567674606}"#.utf8)
  }

  private static let paid = """
    {"id":"pay_1","order_id":"order_1","status":"captured","amount":19900,"currency":"INR","amount_refunded":100,
    "fee":2,"fee_bearer":"customer","notes":[]}
    """
  private static let refunded = """
    {"id":"rfnd_1","payment_id":"pay_1","status":"processed","amount":9950,"currency":"INR","receipt":"r"}
    """
  private static let disputed = #"{"id":"disp_1","payment_id":"pay_1","status":"open","amount":9950,"currency":"INR"}"#
  private static let payment = GatewayPayment(
    id: "pay_1", orderID: "order_1", status: .captured, money: Money(Paise(19_900)), refunded: Paise(100),
    fee: Paise(2), customerBearsFee: true)

  @Test(
    "a webhook about a payment has the payment",
    arguments: ["payment.captured", "payment.authorized", "payment.failed", "order.paid"])
  func payment(event: String) {
    #expect(
      reader.read(Self.body(event, ["payment": Self.paid]))
        == PaymentNotification(type: event, content: .payment(Self.payment)))
  }

  @Test(
    "a webhook about a refund has the refund with its payment",
    arguments: ["refund.created", "refund.processed", "refund.failed"])
  func refund(event: String) {
    let refund = GatewayRefund(
      id: "rfnd_1", paymentID: "pay_1", money: Money(Paise(9_950)), status: .processed, receipt: "r")
    #expect(
      reader.read(Self.body(event, ["payment": Self.paid, "refund": Self.refunded]))?.content
        == .refund(refund, of: Self.payment))
  }

  @Test(
    "a dispute's state is read from the webhook's name, since the entity is open in several of them",
    arguments: [DisputeStatus.created, .underReview, .won, .lost])
  func dispute(status: DisputeStatus) {
    let dispute = GatewayDispute(id: "disp_1", paymentID: "pay_1", money: Money(Paise(9_950)), status: status)
    let body = Self.body("payment.dispute.\(status.rawValue)", ["payment": Self.paid, "dispute": Self.disputed])
    #expect(reader.read(body)?.content == .dispute(dispute, of: Self.payment))
  }

  @Test("a webhook of a handled kind is unreadable without its entity")
  func unreadable() {
    for event in ["payment.captured", "refund.created", "payment.dispute.lost"] {
      #expect(reader.read(Array(#"{"event":"\#(event)","payload":[]}"#.utf8))?.content == .unreadable)
    }
    for event in ["refund.created", "payment.dispute.lost"] {
      #expect(reader.read(Self.body(event, ["payment": Self.paid]))?.content == .unreadable)
    }
  }

  @Test(
    "a webhook of another kind is read by its name only",
    arguments: ["settlement.processed", "payment.dispute.phase_changed"])
  func other(event: String) {
    #expect(
      reader.read(Self.body(event, ["payment": Self.paid])) == PaymentNotification(type: event, content: .other))
  }

  @Test("a body without a name is no webhook", arguments: ["", "{", "[]", "null", #"{"event":7}"#, "\u{0}"])
  func none(text: String) { #expect(reader.read(Array(text.utf8)) == nil) }

  @Test(
    "a webhook's subject is its order, else its payment, else none",
    arguments: [
      (body("payment.captured", ["payment": paid]), "order_1"),
      (body("payment.captured", ["payment": #"{"id":"pay_1","order_id":null}"#]), "pay_1"),
      (body("payment.dispute.lost", ["payment": paid, "dispute": disputed]), "order_1"), (Array("{}".utf8), nil),
      ([0xFF], nil),
    ] as [([UInt8], String?)])
  func subject(body: [UInt8], expected: String?) { #expect(reader.subject(of: body) == expected) }
}
