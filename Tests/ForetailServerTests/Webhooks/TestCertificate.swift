#if Server
/// A certificate for `hooks.test` that signed itself, and its key. For tests only: anybody has the key.
enum TestCertificate {
    static let name = "hooks.test"

    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBmDCCAT6gAwIBAgIUQpkRm6n41CeXgbi+Qt9+5dmWNwgwCgYIKoZIzj0EAwIw
        FTETMBEGA1UEAwwKaG9va3MudGVzdDAgFw0yNjExMjMwODI1MzBaGA8yMTI2MTAz
        MDA4MjUzMFowFTETMBEGA1UEAwwKaG9va3MudGVzdDBZMBMGByqGSM49AgEGCCqG
        SM49AwEHA0IABNYSwG3MBtR0MwbbSsO1/9N7ux4YRuSG7Xb0hIESAzYhDlGe40X2
        cfRHc0cx+BnLnzc5jnHvrLfesZMBTboSzS2jajBoMB0GA1UdDgQWBBTpGQ5PBdss
        R0bPlOmtbLTS313uYTAfBgNVHSMEGDAWgBTpGQ5PBdssR0bPlOmtbLTS313uYTAV
        BgNVHREEDjAMggpob29rcy50ZXN0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0E
        AwIDSAAwRQIgBY8jX5xtyUTTuvk0KD2ZJutGBCIrK85WYrdvBlNDiZMCIQC1pZAw
        9SpGWVv0sM44oimq/pjPIAQQUMsRUTgISP24gA==
        -----END CERTIFICATE-----
        """

    static let key = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8d0JDpHiYGRog91z
        QPiOk4TNnoOnLqHkXr9WZJao3behRANCAATWEsBtzAbUdDMG20rDtf/Te7seGEbk
        hu129ISBEgM2IQ5RnuNF9nH0R3NHMfgZy583OY5x76y33rGTAU26Es0t
        -----END PRIVATE KEY-----
        """

    /// Another one, for `localhost`, `127.0.0.1` and `::1`.
    static let local = """
        -----BEGIN CERTIFICATE-----
        MIIBrTCCAVSgAwIBAgIUQd/iFKgZaIvJYYop6RVccFzu6tkwCgYIKoZIzj0EAwIw
        FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzExMjk1OFoYDzIxMjUwNjE3
        MTEyOTU4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
        PQMBBwNCAASkGTxApB+ty9Vze0oNHxRKaKQYr4+YFDuuB6v0ucRxCLNHdH4MgDrQ
        RWW+uc6u0e4IrjcIX9lHfH4PiyLIG/Nio4GBMH8wHQYDVR0OBBYEFGDYTtHg0KKF
        VmoYhXokhefkoqGLMB8GA1UdIwQYMBaAFGDYTtHg0KKFVmoYhXokhefkoqGLMA8G
        A1UdEwEB/wQFMAMBAf8wLAYDVR0RBCUwI4IJbG9jYWxob3N0hwR/AAABhxAAAAAA
        AAAAAAAAAAAAAAABMAoGCCqGSM49BAMCA0cAMEQCICXJF4A3rkwQiNb++MxORf5Z
        ATztqU/D/evGrc1zADF8AiACaIae8ItaU/W+63BzeyZsY0Qw2EXLUmaTb9l7ZCSl
        Wg==
        -----END CERTIFICATE-----
        """

    static let localKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkPPd7EsEtwXPnu4l
        6wlMVjKQUFnIqNhaH3GdT/oMu4ChRANCAASkGTxApB+ty9Vze0oNHxRKaKQYr4+Y
        FDuuB6v0ucRxCLNHdH4MgDrQRWW+uc6u0e4IrjcIX9lHfH4PiyLIG/Ni
        -----END PRIVATE KEY-----
        """
}
#endif
