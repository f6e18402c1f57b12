import Application
import Domain
import Foundation
import Testing

@Suite("Tries of codes in mails", .serialized)
struct MailedCodeContract {
  private actor Looks {
    private(set) var count = 0
    func add(_ number: Int) { count += number }
  }

  private static let purposes: Set<MailedAccountLinkPurpose> = [.verifyEmail, .changeEmail]

  @Test(
    "of two hundred codes at once five are compared, the link stays valid, and a new mail brings a new code",
    arguments: IdentityStoreKind.allCases)
  func atMostFive(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 16) { store in
      let account = try await store.account("asha@example.com")
      let link = try await store.link(.resetPassword, of: account)
      let looks = Looks()
      try await atOnce(200) {
        let open = try await store.links.countCodeTry(for: [.resetPassword], of: .address(account.email))
        #expect(open.isEmpty || open == [link])
        await looks.add(open.count)
      }
      #expect(await looks.count == 5)
      #expect(try await store.links.link(link.id) == link)
      let newer = try await store.link(.resetPassword, of: account)
      let open = try await store.links.countCodeTry(for: [.resetPassword], of: .address(account.email))
      #expect(open == [newer])
      try await store.changes.resetPassword(by: link, to: "new")
    }
  }

  @Test(
    "of all mails of a day to an address thirty codes are compared; then links alone work, until the next day",
    arguments: IdentityStoreKind.allCases)
  func atMostADay(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let holder = MailedCodeHolder.address(account.email)
      let compared = Looks()
      for _ in 0..<8 {
        _ = try await store.link(.resetPassword, of: account)
        for _ in 0..<5 {
          await compared.add(try await store.links.countCodeTry(for: [.resetPassword], of: holder).count)
        }
        // Longer than a link is valid, and than three of them wait for the next.
        try await store.advance(.seconds(1_900))
      }
      #expect(await compared.count == MailedCode.mostComparisonsADay)
      let link = try await store.link(.resetPassword, of: account)
      #expect(try await store.links.countCodeTry(for: [.resetPassword], of: holder).isEmpty)
      #expect(try await store.links.link(link.id) == link)
      // Another purpose has a count of its own: a stranger's tries take no fresh proof from the owner.
      let proof = try await store.link(.reauthenticate, of: account)
      #expect(try await store.links.countCodeTry(for: [.reauthenticate], of: .user(account.id)) == [proof])
      try await store.advance(.seconds(86_400))
      let next = try await store.link(.resetPassword, of: account)
      #expect(try await store.links.countCodeTry(for: [.resetPassword], of: holder) == [next])
    }
  }

  @Test("the day of a change's code is that of the new address", arguments: IdentityStoreKind.allCases)
  func dayOfNewAddress(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let compared = Looks()
      for number in 0..<9 {
        _ = try await store.link(.changeEmail, of: account, to: number < 8 ? "new@example.com" : "newer@example.com")
        for _ in 0..<5 {
          await compared.add(try await store.links.countCodeTry(for: [.changeEmail], of: .user(account.id)).count)
        }
        if number == 7 { #expect(await compared.count == MailedCode.mostComparisonsADay) }
        // So that no more than one change is open at a time, and no quota of mails is met.
        if number < 8 { try await store.advance(.seconds(9_000)) }
      }
      #expect(await compared.count == MailedCode.mostComparisonsADay + 5)
    }
  }

  @Test("a try counts on every open link of the account", arguments: IdentityStoreKind.allCases)
  func allLinks(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let verification = try await store.link(.verifyEmail, of: account)
      let change = try await store.link(.changeEmail, of: account)
      for _ in 0..<5 {
        let open = try await store.links.countCodeTry(for: Self.purposes, of: .user(account.id))
        #expect(Set(open.map(\.id)) == [verification.id, change.id])
      }
      #expect(try await store.links.countCodeTry(for: Self.purposes, of: .user(account.id)).isEmpty)
    }
  }

  @Test("no link of another account, of another purpose or for nobody is found", arguments: IdentityStoreKind.allCases)
  func others(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let other = try await store.account("ravi@example.com")
      let link = try await store.link(.resetPassword, of: account)
      let holders: [MailedCodeHolder] = [
        .user(other.id), .address(other.email), .user(UserID(UUID())),
        .address(try #require(EmailAddress("nobody@example.com"))),
      ]
      for holder in holders {
        #expect(try await store.links.countCodeTry(for: [.resetPassword], of: holder).isEmpty)
      }
      #expect(try await store.links.countCodeTry(for: [.changeEmail], of: .user(account.id)).isEmpty)
      let spelled = try #require(EmailAddress("ASHA@example.com"))
      #expect(try await store.links.countCodeTry(for: [.resetPassword], of: .address(spelled)) == [link])
    }
  }

  @Test(
    "a link that was used, has expired or went to an older address has no code", arguments: IdentityStoreKind.allCases)
  func closed(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind) { store in
      let account = try await store.account("asha@example.com")
      let all = Set(MailedAccountLinkPurpose.allCases)
      try await store.changes.verifyEmail(by: try await store.link(.verifyEmail, of: account))
      #expect(try await store.links.countCodeTry(for: all, of: .user(account.id)).isEmpty)
      _ = try await store.link(.resetPassword, of: account)
      try await store.changes.changeEmail(by: try await store.link(.changeEmail, of: account))
      // An undoing has no code, whoever asks for it.
      let withCode = all.filter(\.hasCode)
      #expect(try await store.links.countCodeTry(for: withCode, of: .user(account.id)).isEmpty)
      let now = try #require(try await store.accounts.account(account.id))
      _ = try await store.link(.resetPassword, of: now)
      try await store.advance(.seconds(1_801))
      #expect(try await store.links.countCodeTry(for: withCode, of: .user(account.id)).isEmpty)
    }
  }

  @Test("a code for a proof of identity is used once, three an hour are mailed", arguments: IdentityStoreKind.allCases)
  func reauthentication(kind: IdentityStoreKind) async throws {
    try await IdentityStore.with(kind, connections: 8) { store in
      let account = try await store.account("asha@example.com")
      let link = try await store.link(.reauthenticate, of: account)
      let looks = Looks()
      try await atOnce(16) { if try await store.links.use(link) { await looks.add(1) } }
      #expect(await looks.count == 1)
      for _ in 0..<2 { _ = try await store.link(.reauthenticate, of: account) }
      await #expect(throws: IdentityError.self) { try await store.links.requestReauthentication(of: account.id) }
      let old = try await store.links.countCodeTry(for: [.reauthenticate], of: .user(account.id))
      #expect(old.count == 2)
      try await store.advance(.seconds(601))
      #expect(try await store.links.countCodeTry(for: [.reauthenticate], of: .user(account.id)).isEmpty)
      for link in old { #expect(try await !store.links.use(link)) }
      await #expect(throws: IdentityError.accountGone) {
        try await store.links.requestReauthentication(of: UserID(UUID()))
      }
    }
  }
}
