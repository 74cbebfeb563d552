#if Server && NATS
import FieldExtraction
import Foretail
import ForetailCluster
import ForetailNATS
import HTTPTypes

/// Asks the owners of partitions, wherever they are, and answers for those of this node.
struct OwnerQuestions: Sendable {
    /// What the owners said, by partition, and those that said nothing.
    struct Answers: Sendable {
        struct Part: Sendable {
            var partition: Int
            var node: String
            var document: JSONValue
        }

        var parts: [Part] = []
        var missing: [Int] = []
    }

    /// How long the nodes have.
    private static let answerMicroseconds: Int64 = 2_000_000
    let services: ClusterServices
    let owners: OwnerDesk

    /// Answers other nodes until the task is cancelled.
    func serve() async {
        while !Task.isCancelled {
            let responder = try? await NATSResponder.open(
                services.jetStream.connection, ClusterNames.ask(services.settings.node)
            ) { await answer($0) }
            // It outlives broken connections; only what could not begin begins anew.
            repeat { try? await Task.sleep(for: .seconds(1)) } while responder != nil && !Task.isCancelled
            withExtendedLifetime(responder) {}
        }
    }

    private func answer(_ bytes: [UInt8]) async -> [UInt8]? {
        guard let asked = NodeQuestion(bytes) else { return nil }
        let answers = await owners.ask(asked.question, of: asked.stream)
        // What does not fit into one message is left out, and counts as missing.
        let room = services.jetStream.connection.largestMessage - 1_024
        var (members, size) = ([(String, JSONValue?)](), 0)
        for (partition, document) in answers.sorted(by: { $0.key < $1.key }) {
            size += document.bytes.count + 16
            guard size < room else { break }
            members.append((String(partition), document))
        }
        return JSONValue(members: members).bytes
    }

    /// Asks the owners of all partitions.
    ///
    /// - Throws: ``Problem`` (503) where no owner answers.
    func ask(_ question: PartitionQuestion, of stream: String) async throws(Problem) -> Answers {
        let table = services.agent.withNode { $0.table(of: stream) }
        let claims = (table?.claims ?? []).enumerated().map { ($0.offset, $0.element.owner?.node) }
        let nodes = Set(claims.compactMap { $0.1 })
        let said = await withTaskGroup(of: (String, JSONValue?).self) { group in
            for node in nodes { group.addTask { (node, await ask(node, NodeQuestion(stream, question))) } }
            var said: [String: JSONValue] = [:]
            for await (node, value) in group { said[node] = value }
            return said
        }
        var answers = Answers()
        for (partition, node) in claims {
            if let node, let document = said[node]?[String(partition)] {
                answers.parts.append(.init(partition: partition, node: node, document: document))
            } else {
                answers.missing.append(partition)
            }
        }
        guard !answers.parts.isEmpty else {
            var problem = Problem(
                .serviceUnavailable, "cluster-unavailable",
                "no owner of a partition of stream '\(stream)' answers",
                remedy: "try again in a moment; GET /v1/cluster says who owns what")
            problem.retryAfter = 1
            throw problem
        }
        return answers
    }

    /// Asks one node: this one itself, another over NATS; nil where no answer comes in time.
    private func ask(_ node: String, _ question: NodeQuestion) async -> JSONValue? {
        guard node != services.settings.node else {
            let answers = await owners.ask(question.question, of: question.stream)
            return JSONValue(members: answers.map { (String($0.key), $0.value) })
        }
        let bytes = try? await services.jetStream.connection.request(
            ClusterNames.ask(node), question.bytes, within: Self.answerMicroseconds)
        return bytes.flatMap { try? JSONValue(parsing: $0) }
    }
}
#endif
