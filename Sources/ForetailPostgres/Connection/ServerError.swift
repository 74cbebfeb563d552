#if Postgres
import CPostgres
import Foretail

/// An error that the server reported, by its SQLSTATE.
struct ServerError {
    let state: String
    let message: String
    /// Whether the key itself is no value of the parameter's type: the statement was not run.
    let isOfParameter: Bool

    init(_ result: OpaquePointer) {
        func field(_ code: Character) -> String? {
            PQresultErrorField(result, Int32(code.asciiValue!)).map { String(cString: $0) }
        }
        state = field("C") ?? ""
        let place = field("P").map { " at character \($0)" } ?? ""
        let hint = field("H").map { " (\($0))" } ?? ""
        message = (field("M") ?? String(cString: PQresultErrorMessage(result))) + place + hint
        // The context of an error while parameters are read, from PostgreSQL 13 on: `unnamed portal parameter $1`; `$1`
        // stays in every translation. Contexts of functions and statements do not name parameters.
        isOfParameter = state.hasPrefix("22") && field("W")?.contains("$1") == true
    }

    /// Whether the server closes the connection with it.
    var isFarewell: Bool { state.hasPrefix("57P") }

    /// What helps.
    enum Remedy {
        /// Ask again: the server ended this try, not the query.
        case askAgain
        /// Make the plan anew: tables or statements are not what they were.
        case planAgain
        /// Ask each key alone, if there are several.
        case split
        /// None.
        case none
    }

    /// What helps.
    var remedy: Remedy {
        switch state {
        case "57P01", "57P02", "57P03", "40001", "40P01": .askAgain
        case "26000", "0A000": .planAgain
        case _ where state.hasPrefix("42"): .planAgain
        case "57014": .none
        case _ where state.hasPrefix("25") || state.hasPrefix("53") || state.hasPrefix("08"): .none
        default: .split
        }
    }

    /// The failure, with the remedy for people.
    func failure(_ text: ConnectionText) -> ReferenceFailure {
        let what = "\(message) (SQLSTATE \(state))"
        switch state {
        case "57014":
            return text.failure(
                .timeout, "\(what): the query took too long; look at its plan with EXPLAIN, or allow more time")
        case "25006":
            return text.failure(.query, "\(what): a lookup may only read; take out what writes or locks rows")
        case "42501": return text.failure(.query, "\(what); GRANT SELECT to the user, or connect as another")
        case "42P01", "42703", "42883", "3F000":
            return text.failure(.query, "\(what); see to the names in the query, and to the user's search_path")
        case _ where state.hasPrefix("42") || state.hasPrefix("25") || state.hasPrefix("0A"):
            return text.failure(.query, "\(what); put the query right")
        case _ where state.hasPrefix("08") || state.hasPrefix("53") || state.hasPrefix("57"):
            return text.failure(.connection, "\(what); see to the server")
        default: return text.failure(.answer, "\(what); see to the key, the row and the query")
        }
    }
}
#endif
