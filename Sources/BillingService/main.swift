import Runtime

await runService {
  let settings = try BillingSettings()
  // Webhooks are accepted while Redis is unavailable.
  let host = try ServiceHost(name: "billing", settings: settings.common, needs: [.postgres])
  let verifier = host.tokenVerifier()
  let billing = try BillingModule(settings, BillingPorts(host, settings, tokens: verifier))
  try await host.run(
    billing.api, verifier: verifier, background: host.upkeep + [host.taskServiceCheck] + billing.workers(host))
}
