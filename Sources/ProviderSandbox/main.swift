import FoundationEssentials
import Hummingbird
import Logging
import ServiceLifecycle

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

do {
  let settings = try Settings(environment: ProcessInfo.processInfo.environment)
  try await Sandbox(settings: settings).run()
} catch {
  print("sandbox: \(error)")
  exit(1)
}
