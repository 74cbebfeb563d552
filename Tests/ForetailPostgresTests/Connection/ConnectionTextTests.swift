#if Postgres
import Foretail
import Testing

@testable import ForetailPostgres

@Suite("Connection strings")
struct ConnectionTextTests {
    @Test("A string that cannot be read is refused without showing what may be the password")
    func refused() {
        for text in [
            "password=my hunter2", "host=x hunter2=1", "hunter2", "host='x hunter2", "postgresql://u:hunter2@[::1/x",
            "a\0hunter2",
        ] {
            let failure = #expect(throws: ReferenceFailure.self) { try ConnectionText(text, subject: "store 's'") }
            #expect(
                failure?.kind == .connection && failure?.message.contains("hunter2") == false,
                "\(failure?.message ?? "")")
            #expect(failure?.message.contains("store 's', connection string") == true)
        }
    }

    @Test("Messages name the place, and never the password")
    func place() throws {
        let text = try ConnectionText(
            "postgresql://u:hunter%322@db.example:6543/shop?sslmode=require", subject: "store 's'")
        #expect(text.place == "store 's', PostgreSQL at db.example:6543/shop")
        #expect(text.failure(.connection, "no\nhunter22 \n").message == "\(text.place): no; …")
        #expect(
            try ConnectionText("host=a dbname='b c' password=''", subject: "s").place == "s, PostgreSQL at a:5432/b c")
    }
}
#endif
