import Application
import Domain
import FoundationEssentials

/// The links of one purpose to one address are counted together.
struct LinkQuota: Hashable {
  let purpose: MailedAccountLinkPurpose
  let address: EmailAddress
}

/// The codes that were compared for an address since a moment.
struct CodeComparisons {
  var since: Date
  var count: Int
}

struct StoredLink {
  var link: MailedAccountLink
  /// The order of the requests.
  let number: Int
  var isUsed = false
  var codeTries = 0
}

extension InMemoryAccountRepository.State {
  /// False if the address has had its share.
  mutating func count(_ purpose: MailedAccountLinkPurpose, to address: EmailAddress, at now: Date) -> Bool {
    guard wait(for: purpose, to: address, at: now) <= 0 else { return false }
    quotas[LinkQuota(purpose: purpose, address: address), default: []].append(now)
    return true
  }

  /// In seconds.
  func wait(for purpose: MailedAccountLinkPurpose, to address: EmailAddress, at now: Date) -> Double {
    guard let most = purpose.mostAnHour else { return 0 }
    let sent = quotas[LinkQuota(purpose: purpose, address: address)] ?? []
    let pause = (sent.last ?? .distantPast) + Double(purpose.pause.components.seconds)
    let share = sent.count < most ? Date.distantPast : sent[sent.count - most] + 3_600
    return max(pause, share).timeIntervalSince(now)
  }

  mutating func issue(
    _ purpose: MailedAccountLinkPurpose, _ account: Account, to email: EmailAddress? = nil, at now: Date
  ) {
    let link = MailedAccountLink(
      id: UUID().uuidString.lowercased(), purpose: purpose, user: account.id, email: account.email, newEmail: email,
      expiresAt: now + Double(purpose.life.components.seconds),
      choosesPassword: purpose == .verifyEmail && rows[account.id]?.wasRegisteredAgain == true)
    links[link.id] = StoredLink(link: link, number: links.count)
    if purpose == .verifyEmail {
      told.append(EmailVerificationRequested(userID: account.id, verificationID: link.id))
    } else {
      told.append(MailedAccountLinkRequested(userID: account.id, linkID: link.id, purpose: purpose))
    }
  }

  /// Counts the comparisons of these links' codes, by the address that each was mailed to.
  /// - Returns: those links that may still be compared.
  mutating func countComparisons(of tried: [MailedAccountLink], at now: Date) -> [MailedAccountLink] {
    let byAddress = Dictionary(grouping: tried) { LinkQuota(purpose: $0.purpose, address: $0.newEmail ?? $0.email) }
    return byAddress.flatMap { address, links in
      var day = comparisons[address] ?? CodeComparisons(since: now, count: 0)
      if day.since <= now - 86_400 { day = CodeComparisons(since: now, count: 0) }
      guard day.count + links.count <= MailedCode.mostComparisonsADay else { return [MailedAccountLink]() }
      day.count += links.count
      comparisons[address] = day
      return links
    }
  }

  /// Lets the verifications of an account choose a password, the open ones and those that are asked for later.
  mutating func letVerificationsChoosePassword(of user: UserID) {
    rows[user]?.wasRegisteredAgain = true
    for (id, stored) in links
    where stored.link.user == user && !stored.isUsed && stored.link.purpose == .verifyEmail {
      let link = stored.link
      links[id]?.link = MailedAccountLink(
        id: link.id, purpose: link.purpose, user: user, email: link.email, newEmail: nil, expiresAt: link.expiresAt,
        choosesPassword: true)
    }
  }

  /// Withdraws the open links that choose a password beside those to a new one.
  mutating func withdrawThoseThatChoosePassword(of user: UserID) {
    links = links.filter { $0.value.link.user != user || $0.value.isUsed || !$0.value.link.choosesPassword }
  }

  mutating func withdraw(_ purposes: [MailedAccountLinkPurpose], of user: UserID) {
    for (id, stored) in links where stored.link.user == user && !stored.isUsed && purposes.contains(stored.link.purpose)
    {
      links[id] = nil
    }
  }
}
