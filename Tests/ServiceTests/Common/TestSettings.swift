import Configuration
import Runtime

/// Settings as an environment has them.
enum TestSettings {
  private static let common = [
    "ENVIRONMENT": "development", "PUBLIC_URL": "http://localhost", "HTTP_PORT": "1",
    "REDIS_URL": "redis://127.0.0.1:1",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
  ]

  static func reader(_ more: [String: String]) -> SettingsReader {
    SettingsReader(EnvironmentVariablesProvider(environmentVariables: common.merging(more) { $1 }))
  }
}
