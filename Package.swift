// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")

/// A technology or a provider: one folder of `Sources/Adapters`, compiled on its own.
/// - Parameter embedded: folders of it whose files are part of the code.
func adapter(
  _ name: String, _ folder: String, _ dependencies: [Target.Dependency], embedded: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "Sources/Adapters/\(folder)",
    resources: embedded.map { .embedInCode($0) }, swiftSettings: strict)
}

func service(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name,
    dependencies: ["Domain", "Application", "HTTPServing", "Runtime", "PostgresAdapter", "RedisAdapter"]
      + dependencies,
    swiftSettings: strict)
}

func tests(
  _ name: String, _ path: String, _ dependencies: [Target.Dependency], exclude: [String] = []
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, path: "Tests/\(path)", exclude: exclude, swiftSettings: strict)
}

let systemLibraries: [Target] = [
  .systemLibrary(name: "CHiredis", pkgConfig: "hiredis", providers: [.apt(["libhiredis-dev"])]),
  .systemLibrary(name: "CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
  .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
  .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
  .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
]

let core: [Target] = [
  .target(name: "Domain", swiftSettings: strict),
  .target(name: "Application", dependencies: ["Domain"], swiftSettings: strict),
]

let adapters: [Target] = [
  adapter("OpenSSLSetup", "OpenSSLSetup", ["COpenSSL"]),
  adapter("PostgresDriver", "PostgresDriver", ["CPQ", "OpenSSLSetup", logging, lifecycle]),
  adapter("PostgresAdapter", "Postgres", ["PostgresDriver", "Domain", "Application", logging, metrics, lifecycle]),
  adapter("RedisDriver", "RedisDriver", ["CHiredis", nio, nioPosix, nioSSL, crypto, logging, lifecycle]),
  adapter(
    "RedisAdapter", "Redis", ["RedisDriver", "Domain", "Application", logging, metrics, nio, lifecycle],
    embedded: ["Talk/Scripts", "Common/Scripts", "Identity/Scripts", "Events/Scripts"]),
  adapter("SubscriptionsAdapter", "Subscriptions", ["Domain", "Application"]),
  adapter("HTTPTransport", "HTTPTransport", ["CCurl", "OpenSSLSetup", logging, metrics, lifecycle]),
  adapter("Signatures", "Signatures", [crypto]),
  adapter("RazorpayAdapter", "Razorpay", ["HTTPTransport", "Signatures", "Domain", "Application"]),
  adapter(
    "ElevenLabsAdapter", "ElevenLabs",
    [
      "HTTPTransport", "Signatures", "Domain", "Application", nio, nioPosix, nioHTTP1, nioWebSocket, nioSSL,
    ]),
  adapter("GoogleAdapter", "Google", ["HTTPTransport", "Domain", "Application", jwt]),
  adapter(
    "BreachedPasswordsAdapter", "BreachedPasswords", ["HTTPTransport", "Domain", "Application", crypto, metrics]),
  adapter("GeminiAdapter", "Gemini", ["HTTPTransport", "Domain", "Application", metrics]),
  adapter("MailjetAdapter", "Mailjet", ["HTTPTransport", "Domain", "Application"]),
  adapter("MailTemplatesAdapter", "MailTemplates", ["Domain", "Application", mustache], embedded: ["Templates"]),
  adapter("DocumentsAdapter", "Documents", ["Domain", "Application", crypto, mustache], embedded: ["Page"]),
  adapter("CryptoAdapter", "Crypto", ["COpenSSL", "CSodium", "Domain", "Application", crypto, cryptoExtras, jwt]),
  adapter(
    "HTTPServing", "HTTPServing",
    [
      "Domain", "Application", hummingbird, hummingbirdCore, httpTypes, logging, lifecycle, metrics, nio, nioHTTP1,
      crypto,
    ]),
  adapter("TalkJSON", "TalkJSON", ["Domain", "Application", nio]),
  adapter(
    "LiveLinkAdapter", "LiveLink",
    ["TalkJSON", "Domain", "Application", logging, lifecycle, nio, nioPosix, nioHTTP1, nioWebSocket]),
  adapter(
    "Runtime", "Runtime",
    [
      "PostgresDriver", "PostgresAdapter", "RedisDriver", "RedisAdapter", "HTTPTransport", "HTTPServing",
      "CryptoAdapter", "Domain", "Application", configuration, logging, metrics, lifecycle, hummingbird, nio, nioPosix,
    ]),
]

let services: [Target] = [
  service("AuthService", ["BreachedPasswordsAdapter", "CryptoAdapter", "GoogleAdapter"]),
  service("BillingService", ["CryptoAdapter", "DocumentsAdapter", "RazorpayAdapter"]),
  service(
    "SessionService",
    ["CryptoAdapter", "ElevenLabsAdapter", "LiveLinkAdapter", "SubscriptionsAdapter", "TalkJSON"]),
  service(
    "TaskService",
    [
      "CryptoAdapter", "DocumentsAdapter", "ElevenLabsAdapter", "GeminiAdapter", "MailjetAdapter",
      "MailTemplatesAdapter",
    ]),
  .executableTarget(
    name: "Operator",
    dependencies: [
      "Domain", "Application", "CryptoAdapter", "PostgresAdapter", "PostgresDriver", "RazorpayAdapter",
      "ElevenLabsAdapter", "RedisAdapter", "RedisDriver", "HTTPTransport", "Runtime", "TalkJSON", argumentParser,
      nioPosix,
    ],
    swiftSettings: strict),
  .executableTarget(
    name: "ProviderSandbox",
    dependencies: [
      hummingbird, crypto, cryptoExtras, jwt, logging, lifecycle, nio, nioPosix, nioHTTP1, nioWebSocket, httpTypes,
      x509,
    ],
    swiftSettings: strict),
  // What the measurements share.
  .target(
    name: "BenchSupport", dependencies: ["PostgresDriver"], path: "Benchmarks/Support", swiftSettings: strict),
  .executableTarget(
    name: "TalkBench",
    dependencies: [
      "BenchSupport", "Domain", "Application", "CryptoAdapter", "HTTPTransport", "PostgresDriver", "RedisAdapter",
      "RedisDriver", hummingbird, argumentParser, logging, nio, nioPosix,
    ],
    path: "Benchmarks/TalkBench", swiftSettings: strict),
  .executableTarget(
    name: "LedgerBench",
    dependencies: ["BenchSupport", "Domain", "PostgresAdapter", "PostgresDriver", argumentParser, logging],
    path: "Benchmarks/LedgerBench", exclude: ["credit.sql", "hold.sql"], swiftSettings: strict),
  .executableTarget(
    name: "QueueBench",
    dependencies: [
      "BenchSupport", "Domain", "Application", "PostgresAdapter", "PostgresDriver", "Runtime", argumentParser, logging,
    ],
    path: "Benchmarks/QueueBench",
    exclude: ["awa_turn.py", "peer_database.py", "pgqueuer_turn.py", "requirements.txt"],
    swiftSettings: strict),
  .executableTarget(
    name: "TaskSoak",
    dependencies: [
      "BenchSupport", "Domain", "Application", "PostgresAdapter", "PostgresDriver", "Runtime", argumentParser, logging,
    ],
    path: "Benchmarks/TaskSoak", swiftSettings: strict),
  .executableTarget(
    name: "EventSoak",
    dependencies: [
      "BenchSupport", "Domain", "Application", "PostgresAdapter", "PostgresDriver", "RedisAdapter", "RedisDriver",
      "Runtime", argumentParser, logging, nioPosix,
    ],
    path: "Benchmarks/EventSoak", swiftSettings: strict),
  .executableTarget(
    name: "EventBench",
    dependencies: [
      "BenchSupport", "Domain", "Application", "PostgresAdapter", "PostgresDriver", "RedisAdapter", "RedisDriver",
      "Runtime", argumentParser, logging, nioPosix,
    ],
    path: "Benchmarks/EventBench", exclude: ["pgq_turn.py", "requirements.txt"], swiftSettings: strict),
  .executableTarget(
    name: "DeadlineBench",
    dependencies: [
      "BenchSupport", "Domain", "Application", "RedisDriver", "RedisAdapter", "Runtime", argumentParser, logging,
      nioPosix,
    ],
    path: "Benchmarks/DeadlineBench", swiftSettings: strict),
  .target(
    name: "Soak",
    dependencies: [
      "Domain", "Application", "PostgresDriver", "PostgresAdapter", "CryptoAdapter", "HTTPTransport", logging, nio,
      nioPosix, nioHTTP1,
    ],
    path: "Benchmarks/Soak", swiftSettings: strict),
  .executableTarget(
    name: "SoakRun", dependencies: ["Soak", argumentParser], path: "Benchmarks/SoakRun", swiftSettings: strict),
]

let testTargets: [Target] = [
  .target(
    name: "Fakes", dependencies: ["Domain", "Application"], path: "Tests/Fakes", swiftSettings: strict),
  .target(
    name: "TestInfrastructure",
    dependencies: ["PostgresDriver", "RedisDriver", "HTTPTransport", crypto, logging, nio, nioPosix],
    path: "Tests/Infrastructure", swiftSettings: strict),
  // Every test finds its getaddrinfo in place of the C library's.
  .target(
    name: "InterposedNames", path: "Tests/InterposedNames", linkerSettings: [.linkedLibrary("dl")]),
  tests("DomainTests", "DomainTests", ["Domain", "Fakes"]),
  // Payments are told in Razorpay's own words: its webhooks are the histories that the use cases are tried with.
  tests(
    "ApplicationTests", "ApplicationTests",
    ["Application", "Domain", "Fakes", "TestInfrastructure", "RazorpayAdapter"]),
  tests(
    "PostgresTests", "AdapterTests/Postgres",
    [
      "Runtime", "PostgresDriver", "PostgresAdapter", "Domain", "Application", "Fakes", "TestInfrastructure",
      "InterposedNames", logging,
    ]),
  tests(
    "RedisTests", "AdapterTests/Redis",
    [
      "Runtime", "RedisDriver", "RedisAdapter", "Domain", "Application", "Fakes", "TestInfrastructure", nio,
      nioEmbedded, nioPosix, logging,
    ]),
  tests(
    "SubscriptionsTests", "AdapterTests/Subscriptions",
    ["SubscriptionsAdapter", "Domain", "Application", "Fakes", "TestInfrastructure"]),
  tests("TalkJSONTests", "AdapterTests/TalkJSON", ["TalkJSON", "Domain", "Application", nio]),
  tests(
    "LiveLinkTests", "AdapterTests/LiveLink",
    [
      "LiveLinkAdapter", "SubscriptionsAdapter", "TalkJSON", "HTTPTransport", "Domain", "Application", "Fakes",
      "TestInfrastructure", lifecycle, logging, nio, nioPosix,
    ]),
  tests(
    "TransportTests", "AdapterTests/Transport",
    ["HTTPTransport", "TestInfrastructure", "InterposedNames", logging, nio, nioPosix, nioSSL]),
  tests("OpenSSLSetupTests", "AdapterTests/OpenSSLSetup", ["COpenSSL", "HTTPTransport", "PostgresDriver", logging]),
  tests(
    "ProviderTests", "AdapterTests/Providers",
    [
      "RazorpayAdapter", "ElevenLabsAdapter", "GoogleAdapter", "GeminiAdapter", "MailjetAdapter",
      "BreachedPasswordsAdapter", "MailTemplatesAdapter", "CryptoAdapter", "DocumentsAdapter", "HTTPTransport",
      "TestInfrastructure", "Domain",
      "Application", "Fakes",
      crypto, cryptoExtras, logging, nio, nioPosix,
    ], exclude: ["Golden"]),
  // Each adapter against each fault of the imitated providers.
  tests(
    "SandboxTests", "SandboxTests",
    [
      "ProviderSandbox", "RazorpayAdapter", "ElevenLabsAdapter", "GoogleAdapter", "GeminiAdapter", "MailjetAdapter",
      "HTTPTransport", "Domain", "Application", "Fakes", hummingbird, logging, nio, nioPosix,
    ]),
  tests(
    "ServingTests", "AdapterTests/Serving",
    [
      "HTTPServing", "Runtime", "Domain", "Application", "Fakes", "TestInfrastructure", configuration, hummingbird,
      httpTypes, lifecycle, logging, nio, nioEmbedded, nioHTTP1, nioPosix,
      .product(name: "HummingbirdTesting", package: "hummingbird"),
    ]),
  tests(
    "SettingsTests", "SettingsTests",
    ["AuthService", "BillingService", "SessionService", "TaskService", "Runtime", configuration]),
  tests(
    "ServiceTests", "ServiceTests",
    [
      "AuthService", "BillingService", "SessionService", "TaskService", "HTTPServing", "HTTPTransport", "Runtime",
      "PostgresDriver", "Domain", "Application", "Fakes", configuration, hummingbird, httpTypes, logging, nio, nioHTTP1,
      .product(name: "HummingbirdTesting", package: "hummingbird"),
    ]),
  tests(
    "SystemTests", "SystemTests",
    [
      "HTTPTransport", "PostgresDriver", "RedisDriver", "RedisAdapter", "TestInfrastructure", "Domain", "Fakes", "Soak",
      crypto,
      logging, nio, nioPosix,
    ]),
]

let package = Package(
  name: "Talktime",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "AuthService", targets: ["AuthService"]),
    .executable(name: "BillingService", targets: ["BillingService"]),
    .executable(name: "SessionService", targets: ["SessionService"]),
    .executable(name: "TaskService", targets: ["TaskService"]),
    .executable(name: "talktime", targets: ["Operator"]),
    .executable(name: "ProviderSandbox", targets: ["ProviderSandbox"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.19.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["Logging"]),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
  ],
  targets: systemLibraries + core + adapters + services + testTargets
)
