import Hummingbird

/// The controls that every provider has: faults, requests received, webhooks sent.
struct ControlRoutes: Sendable {
  let faults: FaultBoard
  let log: RequestLog
  let journal: WebhookJournal

  func add(to group: RouterGroup<SandboxContext>) {
    for provider in Provider.allCases {
      let routes = group.group("\(provider.rawValue)")
      addFaults(provider, to: routes)
      routes.get("requests") { _, _ in
        Response.json(["items": .array(await log.all(provider))])
      }
      routes.delete("requests") { _, _ in
        await log.forget(provider)
        return Response.noContent
      }
      routes.get("webhooks") { _, _ in
        Response.json(["items": .array(await journal.all(provider))])
      }
      routes.delete("webhooks") { _, _ in
        await journal.forget(provider)
        return Response.noContent
      }
    }
  }

  private func addFaults(_ provider: Provider, to routes: RouterGroup<SandboxContext>) {
    routes.get("fault") { _, _ in
      Response.json(["fault": await faults.current(provider)?.json ?? .null])
    }
    routes.put("fault") { request, _ in
      await faults.set(try Fault(try await request.instructions()), for: provider)
      return Response.noContent
    }
    routes.delete("fault") { _, _ in
      await faults.clear(provider)
      return Response.noContent
    }
  }
}
