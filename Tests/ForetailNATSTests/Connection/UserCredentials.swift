#if NATS
import Foundation

/// An operator, an account with JetStream, and a user with a credentials file, as `nsc` makes them; keys and signatures are openssl's.
struct UserCredentials {
    /// What a key belongs to; the first letter of its text.
    private enum Kind: UInt8 {
        case operators = 112
        case account = 0
        case user = 160
    }

    /// A pair of Ed25519 keys, in a file.
    private struct Pair {
        let file: String
        let kind: Kind
        let text: String
        let seed: String

        init(_ kind: Kind, _ file: String) throws {
            self.kind = kind
            self.file = file
            let whole = try Certificates.run("openssl genpkey -algorithm ed25519 -outform DER | tee \(file)")
            let open = try Certificates.run("openssl pkey -inform DER -in \(file) -pubout -outform DER")
            text = Self.base32([kind.rawValue] + open.suffix(32))
            seed = Self.base32([144 | kind.rawValue >> 5, (kind.rawValue & 31) << 3] + whole.suffix(32))
        }

        func token(about subject: Pair, _ claims: String) throws -> String {
            let text = """
                {"jti":"\(UUID().uuidString)","iat":\(Int(Date().timeIntervalSince1970)),"iss":"\(self.text)","name":"test",\
                "sub":"\(subject.text)","nats":{\(claims),"version":2}}
                """
            let head = #"{"typ":"JWT","alg":"ed25519-nkey"}"#
            let signed = Self.base64(Data(head.utf8)) + "." + Self.base64(Data(text.utf8))
            try Data(signed.utf8).write(to: URL(fileURLWithPath: file + ".in"))
            let signature = try Certificates.run(
                "openssl pkeyutl -sign -inkey \(file) -keyform DER -rawin -in \(file).in")
            return signed + "." + Self.base64(signature)
        }

        private static func base64(_ data: Data) -> String {
            data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        }

        /// The bytes and their CRC-16 (XMODEM), five bits a letter.
        private static func base32(_ bytes: [UInt8]) -> String {
            var check: UInt16 = 0
            for byte in bytes {
                check ^= UInt16(byte) << 8
                for _ in 0..<8 { check = check & 0x8000 == 0 ? check << 1 : check << 1 ^ 0x1021 }
            }
            let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
            var (text, held, count) = ("", 0, 0)
            for byte in bytes + [UInt8(truncatingIfNeeded: check), UInt8(check >> 8)] {
                held = held << 8 | Int(byte)
                count += 8
                while count >= 5 {
                    count -= 5
                    text.append(letters[held >> count & 31])
                }
                held &= 0xFF
            }
            if count > 0 { text.append(letters[held << (5 - count) & 31]) }
            return text
        }
    }

    /// Lines for a server's configuration.
    let server: String
    /// A file of the user.
    let file: String
    /// A file with the user's JWT and somebody else's seed.
    let stolen: String

    init(in folder: String) throws {
        let owner = try Pair(.operators, folder + "/operator")
        let (system, account) = (try Pair(.account, folder + "/system"), try Pair(.account, folder + "/account"))
        let (user, other) = (try Pair(.user, folder + "/user"), try Pair(.user, folder + "/other"))
        func claims(_ storage: Int) -> String {
            """
            "limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1,\
            "mem_storage":\(storage),"disk_storage":\(storage),"streams":-1,"consumer":-1},"type":"account"
            """
        }
        server = """
            operator: \(try owner.token(about: owner, #""type":"operator""#))
            system_account: \(system.text)
            resolver: MEMORY
            resolver_preload: {
                \(system.text): \(try owner.token(about: system, claims(0)))
                \(account.text): \(try owner.token(about: account, claims(-1)))
            }
            """
        let token = try account.token(
            about: user, #""pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"type":"user""#)
        func write(_ name: String, _ seed: String) throws -> String {
            let text = """
                -----BEGIN NATS USER JWT-----
                \(token)
                ------END NATS USER JWT------

                -----BEGIN USER NKEY SEED-----
                \(seed)
                ------END USER NKEY SEED------

                """
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
            return "\(folder)/\(name)"
        }
        file = try write("user.creds", user.seed)
        stolen = try write("stolen.creds", other.seed)
    }
}
#endif
