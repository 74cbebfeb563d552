// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "embedding",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Without traits there is no command line, and so nothing to fetch but swift-collections.
        .package(name: "foretail", path: "../..", traits: [])
    ],
    targets: [
        .executableTarget(
            name: "embedding", dependencies: [.product(name: "Foretail", package: "foretail")], path: "Sources")
    ]
)
