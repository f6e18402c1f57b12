import Application
import Domain

/// Razorpay's webhooks with the members that this system reads, and some that it does not read.
enum WebhookBody {
  static func payment(
    _ event: String, id: String = "pay_1", order: String?, status: String, amount: Int64 = 19_900,
    currency: String = "INR", more: String = ""
  ) -> [UInt8] {
    Array(
      """
      {"entity":"event","account_id":"acc_1","event":"\(event)","contains":["payment"],"payload":{"payment":{"entity":{
      "id":"\(id)","entity":"payment","amount":\(amount),"currency":"\(currency)","status":"\(status)",
      "order_id":\(order.map { "\"\($0)\"" } ?? "null"),"invoice_id":null,"method":"netbanking","amount_refunded":0,
      "refund_status":null,"captured":true,"notes":[],"fee":2,"tax":0,"error_code":null,"created_at":1567674599}}\(more)},
      "created_at":1567674606}
      """.utf8)
  }

  static func paid(_ order: Order, id: String = "pay_1") -> [UInt8] {
    payment(
      "order.paid", id: id, order: order.razorpayOrderID, status: "captured",
      more: #","order":{"entity":{"id":"order_1","amount":19900,"amount_paid":19900,"status":"paid","notes":[]}}"#)
  }

  static func refund(
    _ event: String, id: String = "rfnd_1", of payment: String = "pay_1", order: String?, status: String,
    amount: Int64, receipt: String? = nil, currency: String = "INR"
  ) -> [UInt8] {
    self.payment(
      event, id: payment, order: order, status: "captured",
      more: """
        ,"refund":{"entity":{"id":"\(id)","entity":"refund","amount":\(amount),"currency":"\(currency)",
        "payment_id":"\(payment)","notes":[],"receipt":\(receipt.map { "\"\($0)\"" } ?? "null"),
        "acquirer_data":{"arn":null},"created_at":1597734071,"batch_id":null,"status":"\(status)",
        "speed_processed":"normal","speed_requested":"optimum"}}
        """)
  }

  /// The entity's status is `open` for every event.
  static func dispute(
    _ event: String, id: String = "disp_1", of payment: String = "pay_1", order: String?, amount: Int64 = 19_900
  ) -> [UInt8] {
    self.payment(
      event, id: payment, order: order, status: "captured",
      more: """
        ,"dispute":{"entity":{"id":"\(id)","entity":"dispute","payment_id":"\(payment)","amount":\(amount),
        "currency":"INR","amount_deducted":0,"reason_code":"processed_invalid_expired_card","respond_by":1590431400,
        "status":"open","phase":"chargeback","evidence":{"amount":39000,"summary":null,"submitted_at":null},
        "created_at":1589907977}}
        """)
  }

  /// A kind that is stored and not handled, in the form that Razorpay documents.
  static func kept(_ event: String) -> [UInt8] {
    let kind = event.contains("dispute") ? "dispute" : "refund"
    return payment(
      event, order: "order_1", status: "captured",
      more: #","\#(kind)":{"entity":{"id":"x_1","payment_id":"pay_1","amount":39000,"currency":"INR","notes":{}}}"#)
  }
}
