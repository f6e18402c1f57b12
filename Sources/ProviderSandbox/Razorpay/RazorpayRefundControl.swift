import Hummingbird

/// Controls for refunds from the dashboard, from Razorpay itself, and for the bank's part in them.
struct RazorpayRefundControl: Sendable {
  let store: RazorpayStore
  let webhooks: RazorpayWebhooks

  func add(to control: RouterGroup<SandboxContext>) {
    control.post("payments/:id/refund") { request, context in
      try await change(request, context) { id, body in
        try await store.refund(id, request: Self.wanted(body), status: try Self.status(body))
      }
    }
    control.post("payments/:id/expire") { request, context in
      try await change(request, context) { id, _ in try await store.expire(id) }
    }
    control.post("refunds/:id/process") { request, context in
      try await change(request, context) { id, _ in try await store.processRefund(id) }
    }
    control.post("refunds/:id/fail") { request, context in
      try await change(request, context) { id, _ in try await store.failRefund(id) }
    }
    control.put("refunds") { request, _ in
      let body = try await request.instructions()
      await store.setRefundStatus(try Self.status(body), paymentID: body["payment_id"]?.string)
      return Response.noContent
    }
  }

  private func change(
    _ request: Request, _ context: SandboxContext,
    _ make: (String, JSON) async throws -> RazorpayRefundChange
  ) async throws -> Response {
    let body = try await request.instructions()
    let (refund, events) = try await make(try context.parameters.require("id"), body)
    webhooks.send(events, told: body)
    return Response.json(refund)
  }

  private static func status(_ body: JSON) throws -> RazorpayRefund.Status {
    let named = body["status"]?.string ?? "processed"
    guard let status = RazorpayRefund.Status(rawValue: named), status != .failed else {
      throw ControlFailure("status must be processed or pending: a refund fails afterwards")
    }
    return status
  }

  private static func wanted(_ body: JSON) -> JSON {
    .object(body.object?.filter { ["amount", "notes", "receipt", "speed"].contains($0.key) } ?? [:])
  }
}
