import ArgumentParser
import Testing

@testable import ForetailCLI

#if NATS
import ForetailNATS
#endif
#if Server
@testable import ForetailServer
#endif

@Suite("options of NATS") struct NATSOptionsTests {
    private func message(_ arguments: [String]) -> String {
        let error = #expect(throws: (any Error).self) { try TailOptions.parse(arguments) }
        return error.map { TailOptions.message(for: $0) } ?? ""
    }

    @Test("files for NATS are refused where nothing is on NATS")
    func unused() {
        for option in ["--nats-creds", "--nats-ca", "--nats-cert", "--nats-key"] {
            #expect(message(["x.log", option, "f"]).contains("\(option): neither source nor --to is on NATS"))
        }
    }

    @Test("what a missing trait is said of has no credentials in it, and says how to build with it")
    func missing() {
        let nats = MissingTrait.nats("--cluster nats://me:hunter2@a:4222,nats://me:hunter2@b:4222")
        #expect(!nats.contains("hunter2") && nats.contains("b:4222"))
        #expect(nats.contains("Scripts/setup NATS") && nats.contains("swift build -c release --traits default,NATS"))
        let kafka = MissingTrait.kafka("kafka://a:9092/orders")
        #expect(kafka.hasPrefix("kafka://a:9092/orders: this build has no Kafka"))
        #expect(kafka.contains("Scripts/setup Kafka") && kafka.contains("--traits default,Kafka"))
    }

    #if NATS
    @Test("tls:// and nats:// are sources and destinations; options count more than the environment")
    func settings() throws {
        let options = try TailOptions.parse([
            "tls://a:4222/S", "--to", "nats://b/out", "--nats-ca", "ca.pem", "--nats-creds", "u.creds", "--nats-cert",
            "c.pem",
            "--nats-key", "k.pem",
        ])
        let settings = options.nats.settings(servers: ["tls://a:4222"])
        #expect(settings.authoritiesFile == "ca.pem" && settings.credentialsFile == "u.creds")
        #expect(settings.certificateFile == "c.pem" && settings.keyFile == "k.pem")
    }
    #else
    @Test(
        "an address of NATS names the trait and how to build with it",
        arguments: [
            ["nats://a:4222/S"], ["tls://a:4222/S"], ["nats+tls://a/S"], ["x.log", "--to", "nats://a/out"],
            ["nats://a/S", "--nats-ca", "ca.pem"],
        ])
    func noNATS(_ arguments: [String]) {
        let text = message(arguments)
        #expect(text.contains("the package trait 'NATS'") && text.contains("--traits default,NATS"), "\(text)")
        #expect(text.contains(arguments.contains("--to") ? "--to nats://a/out" : arguments[0]), "\(text)")
    }
    #endif

    #if !Kafka
    @Test(
        "an address of Kafka names the trait and how to build with it",
        arguments: [["kafka://a/t?group=g"], ["x.log", "--to", "kafka://a/t"]])
    func noKafka(_ arguments: [String]) {
        let text = message(arguments)
        #expect(text.contains("the package trait 'Kafka'") && text.contains("--traits default,Kafka"), "\(text)")
    }
    #endif

    #if Server
    @Test("a cluster's addresses hold no credentials, and its options need it")
    func cluster() throws {
        func refusal(_ arguments: [String]) -> String {
            let error = #expect(throws: (any Error).self) { try ClusterOptions.parse(arguments) }
            return error.map { ClusterOptions.message(for: $0) } ?? ""
        }
        #expect(refusal(["--node", "n1"]).contains("add --cluster"))
        #expect(refusal(["--nats-ca", "f"]).contains("add --cluster"))
        #if NATS
        let refused = refusal(["--cluster", "nats://me:hunter2@a:4222"])
        #expect(refused.contains("NATS_CREDS") && !refused.contains("hunter2"), "\(refused)")
        #expect(refusal(["--cluster", "a:4222"]).contains("no address of NATS"))
        let settings = try ClusterOptions.parse(["--cluster", "tls://a:1,tls://b:1", "--nats-ca", "ca.pem"]).settings()
        #expect(settings?.servers == ["tls://a:1", "tls://b:1"] && settings?.nats.authoritiesFile == "ca.pem")
        #else
        let missing = refusal(["--cluster", "nats://a:4222", "--node", "n1", "--replicas", "1"])
        #expect(missing.contains("the package trait 'NATS'") && missing.contains("Scripts/setup NATS"), "\(missing)")
        #endif
    }
    #endif
}
