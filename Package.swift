// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in CI (`FORETAIL_STRICT=1`), never for an embedder.
let strict = Context.environment["FORETAIL_STRICT"] == "1"

let package = Package(
    name: "foretail",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "FilterLanguage", targets: ["FilterLanguage"]),
        .library(name: "Forecasting", targets: ["Forecasting"]),
        .library(name: "Foretail", targets: ["Foretail"]),
        .library(name: "ForetailTesting", targets: ["ForetailTesting"]),
        .library(name: "ForetailSQLite", targets: ["ForetailSQLite"]),
        .library(name: "ForetailPostgres", targets: ["ForetailPostgres"]),
        .library(name: "ForetailNATS", targets: ["ForetailNATS"]),
        .library(name: "ForetailKafka", targets: ["ForetailKafka"]),
        .library(name: "ForetailCluster", targets: ["ForetailCluster"]),
        .library(name: "ForetailServer", targets: ["ForetailServer"]),
        .library(name: "Prefetching", targets: ["Prefetching"]),
        .executable(name: "foretail", targets: ["ForetailCLI"]),
    ],
    traits: [
        .default(enabledTraits: ["CommandLine", "Server", "Postgres"]),
        .trait(name: "CommandLine", description: "Builds the `foretail` command line. Embedders need none of it."),
        .trait(
            name: "Server", description: "Adds the SQLite event log, the HTTP server and `foretail serve`.",
            enabledTraits: ["CommandLine"]),
        .trait(name: "Postgres", description: "Adds lookups in PostgreSQL, by libpq."),
        .trait(name: "NATS", description: "Adds NATS JetStream as source, log and destination, by libnats."),
        .trait(name: "Kafka", description: "Adds Kafka as source and destination, by librdkafka."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "FieldExtraction"),
        .target(name: "FilterLanguage", dependencies: ["FieldExtraction"]),
        .target(name: "Forecasting"),
        .target(name: "Prefetching"),
        .target(
            name: "Foretail",
            dependencies: [
                "FieldExtraction",
                "FilterLanguage",
                "Forecasting",
                "Prefetching",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        .target(name: "ForetailTesting", dependencies: ["Foretail"]),
        .target(
            name: "ForetailSQLite",
            dependencies: [
                "FieldExtraction", "Forecasting", "Foretail", .server("GRDB", package: "GRDB.swift"),
                .server("GRDBSQLite", package: "GRDB.swift"),
            ]
        ),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "ForetailPostgres",
            dependencies: [
                "FieldExtraction", "Foretail", .target(name: "CPostgres", condition: .when(traits: ["Postgres"])),
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        .systemLibrary(name: "CNATS", pkgConfig: "libnats", providers: [.apt(["libnats-dev"])]),
        .target(
            name: "ForetailNATS",
            dependencies: [
                "FieldExtraction", "Forecasting", "Foretail",
                .target(name: "CNATS", condition: .when(traits: ["NATS"])),
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        .systemLibrary(name: "CKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .target(
            name: "ForetailKafka",
            dependencies: [
                "FieldExtraction", "Foretail", .target(name: "CKafka", condition: .when(traits: ["Kafka"])),
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        .target(name: "ForetailCluster", dependencies: ["FieldExtraction", "Foretail"]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "ForetailServer",
            dependencies: [
                "FieldExtraction",
                "FilterLanguage",
                "Forecasting",
                "Foretail",
                "ForetailCluster",
                "ForetailSQLite",
                .target(name: "ForetailNATS", condition: .when(traits: ["NATS"])),
                .target(name: "CZlib", condition: .when(traits: ["Server"])),
                .server("AsyncHTTPClient", package: "async-http-client"),
                .server("Configuration", package: "swift-configuration"),
                .server("Crypto", package: "swift-crypto"),
                .server("HTTPTypes", package: "swift-http-types"),
                .server("Hummingbird", package: "hummingbird"),
                .server("HummingbirdCore", package: "hummingbird"),
                .server("Logging", package: "swift-log"),
                .server("NIOCore", package: "swift-nio"),
                .server("NIOHTTP1", package: "swift-nio"),
                .server("NIOSSL", package: "swift-nio-ssl"),
                .server("ServiceLifecycle", package: "swift-service-lifecycle"),
                .server("SystemPackage", package: "swift-system"),
                .server("UnixSignals", package: "swift-service-lifecycle"),
                .server("Yams", package: "Yams"),
                .product(name: "DequeModule", package: "swift-collections"),
            ],
            resources: [.embedInCode("API/openapi.json"), .embedInCode("Web/index.html")]
        ),
        .executableTarget(
            name: "ForetailCLI",
            dependencies: [
                "FieldExtraction",
                "FilterLanguage",
                "Forecasting",
                "Foretail",
                "Prefetching",
                .target(name: "ForetailSQLite", condition: .when(traits: ["Server"])),
                .target(name: "ForetailServer", condition: .when(traits: ["Server"])),
                .target(name: "ForetailPostgres", condition: .when(traits: ["Postgres"])),
                .target(name: "ForetailNATS", condition: .when(traits: ["NATS"])),
                .target(name: "ForetailKafka", condition: .when(traits: ["Kafka"])),
                .server("AsyncHTTPClient", package: "async-http-client"),
                .server("Configuration", package: "swift-configuration"),
                .server("Logging", package: "swift-log"),
                .server("NIOCore", package: "swift-nio"),
                .server("NIOHTTP1", package: "swift-nio"),
                .server("NIOSSL", package: "swift-nio-ssl"),
                .server("ServiceLifecycle", package: "swift-service-lifecycle"),
                .server("UnixSignals", package: "swift-service-lifecycle"),
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["CommandLine"])
                ),
            ]
        ),

        .testTarget(
            name: "FieldExtractionTests", dependencies: ["FieldExtraction"], exclude: ["Templates/Samples"]),
        .testTarget(name: "FilterLanguageTests", dependencies: ["FieldExtraction", "FilterLanguage"]),
        .testTarget(name: "ForecastingTests", dependencies: ["Forecasting", "ForetailTesting"]),
        .testTarget(name: "PrefetchingTests", dependencies: ["Prefetching"]),
        .testTarget(
            name: "ForetailTests", dependencies: ["FieldExtraction", "Forecasting", "Foretail", "ForetailTesting"]),
        .testTarget(
            name: "ForetailSQLiteTests",
            dependencies: [
                "FieldExtraction", "Forecasting", "ForetailSQLite", "Foretail", "ForetailTesting",
                .server("GRDB", package: "GRDB.swift"),
            ]),
        .testTarget(
            name: "ForetailPostgresTests",
            dependencies: [
                "FieldExtraction", "Foretail", "ForetailPostgres",
                .target(name: "CPostgres", condition: .when(traits: ["Postgres"])),
            ]),
        .testTarget(
            name: "ForetailNATSTests",
            dependencies: [
                "FieldExtraction", "Forecasting", "Foretail", "ForetailNATS", "ForetailTesting",
                .target(name: "CNATS", condition: .when(traits: ["NATS"])),
            ]),
        .testTarget(
            name: "ForetailKafkaTests",
            dependencies: [
                "FieldExtraction", "Foretail", "ForetailKafka", "ForetailTesting",
                .target(name: "CKafka", condition: .when(traits: ["Kafka"])),
            ]),
        .testTarget(
            name: "ForetailClusterTests",
            dependencies: ["FieldExtraction", "Forecasting", "Foretail", "ForetailCluster", "ForetailTesting"]),
        .testTarget(
            name: "ForetailServerTests",
            dependencies: [
                "FieldExtraction", "Foretail", "ForetailCluster", "ForetailServer", "ForetailSQLite", "ForetailTesting",
                .target(name: "ForetailNATS", condition: .when(traits: ["NATS"])),
                .target(name: "CZlib", condition: .when(traits: ["Server"])),
                .server("AsyncHTTPClient", package: "async-http-client"),
                .server("Crypto", package: "swift-crypto"),
                .server("HTTPTypes", package: "swift-http-types"),
                .server("Logging", package: "swift-log"),
                .server("NIOCore", package: "swift-nio"),
                .server("NIOHTTP1", package: "swift-nio"),
                .server("NIOPosix", package: "swift-nio"),
                .server("NIOSSL", package: "swift-nio-ssl"),
            ]),
        .testTarget(
            name: "ForetailCLITests",
            dependencies: [
                "ForetailCLI", "FieldExtraction", "Forecasting", "Foretail", "ForetailTesting",
                .target(name: "ForetailNATS", condition: .when(traits: ["NATS"])),
                .product(
                    name: "ArgumentParser", package: "swift-argument-parser",
                    condition: .when(traits: ["CommandLine"])),
            ]),
    ],
    swiftLanguageModes: [.v6]
)

extension Target.Dependency {
    /// A product that only the server needs.
    static func server(_ name: String, package: String) -> Target.Dependency {
        .product(name: name, package: package, condition: .when(traits: ["Server"]))
    }
}

/// Targets that must stay free of existentials, and say `unsafe` where they touch raw memory.
let core: Set<String> = [
    "FieldExtraction", "FilterLanguage", "Forecasting", "Foretail", "ForetailCluster", "Prefetching",
]

for target in package.targets where target.type != .system {
    var settings = target.swiftSettings ?? []
    settings += [
        .enableUpcomingFeature("ExistentialAny"),  // SE-0335
        .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
        .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    ]
    if core.contains(target.name) {
        settings.append(.strictMemorySafety())  // SE-0458
    }
    if strict {
        settings.append(.treatAllWarnings(as: .error))  // SE-0480
    }
    // AnticipatingCache hands on whatever a load throws.
    if core.contains(target.name), target.name != "Prefetching" {
        settings.append(.treatWarning("ExistentialType", as: .error))
    }
    target.swiftSettings = settings
}
