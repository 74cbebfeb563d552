/// The words for the two halves of a syslog priority. Source: RFC 5424, tables 1 and 2, in the spelling of syslog.conf.
enum SyslogPriority {
    static let severities = ["emergency", "alert", "critical", "error", "warning", "notice", "informational", "debug"]
    static let facilities = [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
        "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ]
}
