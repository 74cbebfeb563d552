#if Server
import FieldExtraction
import ForetailSQLite
import HTTPTypes
import Testing

@testable import ForetailServer

@Suite("Tokens") struct TokenTests {
    private let now = Timestamp(microseconds: 1_767_225_600_000_000)

    @Test("A token names itself, is read back, and matches its own hash alone")
    func secret() throws {
        let secret = TokenSecret.random()
        let read = try #require(TokenSecret(secret.text))
        #expect(read.id == secret.id && read.hash == secret.hash)
        #expect(read.matches(secret.hash))
        #expect(!read.matches(TokenSecret.random().hash))
        #expect(!read.matches([]) && !read.matches(Array(secret.hash.dropLast())))
        #expect(secret.text.hasPrefix(secret.id + "_"))
        #expect("\(secret)" == secret.id, "it stands in no log")
        var other = secret.hash
        for place in other.indices {
            other[place] ^= 1
            #expect(!secret.matches(other), "a difference at byte \(place)")
            other[place] ^= 1
        }
    }

    @Test(
        "What cannot be a token is none",
        arguments: [
            "", "tk_", "tk_1a2b3c4d5e", "tk_1a2b3c4d5e_", "tk_1A2B3C4D5E_" + String(repeating: "0", count: 64),
            "tk_1a2b3c4d5e-" + String(repeating: "0", count: 64), "tk_1a2b3c4d5e_" + String(repeating: "g", count: 64),
            "tk_1a2b3c4d5e_" + String(repeating: "0", count: 65), "tt_1a2b3c4d5e_" + String(repeating: "0", count: 64),
            "tk_1a2b3c4d5é_" + String(repeating: "0", count: 63),
        ])
    func noSecret(text: String) { #expect(TokenSecret(text) == nil) }

    @Test("A pattern is a name, or the beginning of names")
    func patterns() throws {
        let prefix = try #require(StreamPattern("team-a.*"))
        #expect(prefix.covers("team-a.cpu") && prefix.covers("team-a.") && !prefix.covers("team-a"))
        #expect(!prefix.covers("team-ab.cpu") && !prefix.covers("xteam-a.cpu"))
        let name = try #require(StreamPattern("metrics"))
        #expect(name.covers("metrics") && !name.covers("metrics2") && !name.covers("metric"))
        #expect(StreamPattern.all.covers("anything") && StreamPattern.all.covers(""))
        for text in ["", "a*b", "**", "*a", ".*", ".a", "a b", "a/*", "ä*", String(repeating: "a", count: 130)] {
            #expect(StreamPattern(text) == nil, "\(text)")
        }
    }

    @Test("A bucket holds what a second brings, may be overdrawn once, and says when it is made good")
    func bucket() {
        var bucket = TokenBucket(perSecond: 10)
        #expect(bucket.take(30, now: 0) == nil, "overdrawn by 20")
        #expect(bucket.take(1, now: 0) == 2_000_000)
        #expect(bucket.take(1, now: 1_000_000) == 1_000_000)
        #expect(bucket.take(1, now: 2_000_000) == 1, "made good, with nothing left")
        #expect(bucket.take(1, now: 2_100_000) == nil)
        // However long it rests: a second's worth.
        for _ in 0..<10 { #expect(bucket.take(1, now: 900_000_000) == nil) }
        #expect(bucket.take(1, now: 900_000_000) != nil)
    }

    @Test("Definitions are stored and read back whole")
    func definition() throws {
        let text =
            #"{"name":"team-a","scopes":["read","write"],"streams":["team-a.*","shared"],"expires":"30d","#
            + #""quotas":{"events":1000,"bytes":1048576,"calls":50,"streams":3,"requests":10,"readers":4,"filterBytes":99}}"#
        let definition = try TokenDefinition(JSONValue(parsing: Array(text.utf8)), now: now)
        #expect(definition.expires == Timestamp(microseconds: now.microseconds + 30 * 86_400_000_000))
        let secret = TokenSecret.random()
        let stored = secret.stored(definition, created: now)
        #expect(!stored.definition.contains(secret.text) && !stored.hash.isEmpty)
        #expect(try TokenDefinition(stored) == definition)
        #expect(definition.allows(.read) && definition.allows(.write) && !definition.allows(.admin))
        #expect(!definition.isWhole && definition.covers("shared") && !definition.covers("team-b.x"))
    }

    @Test(
        "What is wrong with a definition is named",
        arguments: [
            (#"{}"#, "name"), (#"{"name":"a"}"#, "scopes"), (#"{"name":"a","scopes":["read"]}"#, "streams"),
            (#"{"name":"a","scopes":["root"],"streams":["*"]}"#, "scopes"),
            (#"{"name":"a b","scopes":["read"],"streams":["*"]}"#, "name"),
            (#"{"name":"a\n","scopes":["read"],"streams":["*"]}"#, "name"),
            (#"{"name":"a","scopes":["read"],"streams":["a*b"]}"#, "streams"),
            (#"{"name":"a","scopes":["read"],"streams":["*"],"quotas":{"events":0}}"#, "quotas.events"),
            (#"{"name":"a","scopes":["read"],"streams":["*"],"quotas":{"cows":1}}"#, "quotas.cows"),
            (#"{"name":"a","scopes":["read"],"streams":["*"],"expires":"yesterday"}"#, "expires"),
            (#"{"name":"a","scopes":["read"],"streams":["*"],"expires":"2020-01-01T00:00:00Z"}"#, "expires"),
            (#"{"name":"a","scopes":["read"],"streams":["*"],"colour":"red"}"#, "colour"),
        ])
    func faults(text: String, field: String) throws {
        let value = try JSONValue(parsing: Array(text.utf8))
        let problem = #expect(throws: Problem.self) { try TokenDefinition(value, now: now) }
        #expect(problem?.status == .badRequest && problem?.field == field)
    }

    @Test(
        "Rates are given as people write them",
        arguments: [("events=1000", true), ("bytes=1MiB", true), ("events", false), ("events=", false)]
            + [("events=0", false), ("events=-1", false), ("cows=3", false), ("=3", false)])
    func rates(text: String, isSound: Bool) {
        var quotas = TokenQuotas()
        let wasSet = quotas.set(text)
        #expect(wasSet == isSound)
        var expected = TokenQuotas()
        if text.hasPrefix("events"), isSound { expected.events = 1_000 }
        if text.hasPrefix("bytes") { expected.bytes = 1 << 20 }
        #expect(quotas == expected)
    }
}
#endif
