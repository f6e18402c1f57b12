import Runtime

await runService {
  let settings = try TaskSettings()
  let host = try ServiceHost(name: "task", settings: settings.common, needs: [.postgres])
  let verifier = host.tokenVerifier()
  let tasks = TaskModule(settings, TaskPorts(host, settings, tokens: verifier))
  try await host.run(
    tasks.api, verifier: verifier, background: host.upkeep + tasks.workers(host),
    gauges: tasks.gauges(host))
}
