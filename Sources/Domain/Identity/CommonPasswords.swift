/// Passwords of eight characters or more that are tried first: words and names with a number behind, rows of keys,
/// dates and phrases. In lower case; compared with the whole of a password.
enum CommonPasswords {
  static let all = Set(list.split(whereSeparator: \.isWhitespace).map(String.init))

  private static let list = """
    12345678 123456789 1234567890 0123456789 01234567 87654321 987654321 9876543210 0987654321 12341234 123123123
    11223344 1122334455 12344321 147258369 14725836 159357159 123654789 789456123 741852963 1q2w3e4r 1q2w3e4r5t
    1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc q1w2e3r4 q1w2e3r4t5 qazwsxedc qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234
    qwerty12345 qwertz123 azertyuiop asdfghjk asdfghjkl asdf1234 asdfasdf zxcvbnm1 zxcvbnm123 zaq12wsx zaq1zaq1
    abcdefgh abcdefghi abcd1234 abc12345 abc123456 a1b2c3d4 aa123456 a1234567 a12345678 123456aa 12345abc 1234abcd
    123456abc password passw0rd p@ssword p@ssw0rd pa55word passpass password1 password12 password123 password1234
    passwort kennwort motdepasse contraseña parola123 mypassword newpassword changeme changeit letmein1 letmein123
    welcome1 welcome12 welcome123 administrator admin123 admin1234 adminadmin administrador root1234 rootroot test1234
    testtest testing1 testing123 guest123 user1234 default1 secret123 topsecret iloveyou iloveyou1 iloveyou2 ilovegod
    iloveindia loveyou1 lovelove sunshine sunshine1 princess princess1 football football1 baseball baseball1
    basketball superman superman1 batman123 spiderman starwars pokemon1 pokemon123 dragon123 monkey123 master123
    michael1 jennifer jessica1 michelle charlie1 samantha danielle computer internet whatever trustno1 blink182
    mercedes ferrari1 liverpool chelsea1 arsenal1 manchester cricket1 cricket123 india123 india1234 hindustan
    bharat123 krishna1 krishna123 ganesh123 omsairam jaishreeram jaimatadi sairam123 waheguru chocolate butterfly
    elephant hello123 hello1234 hellohello helloworld freedom1 access14 google123 facebook instagram
    correcthorsebatterystaple january1 summer2025 winter2025 88888888 66666666 20202020 10203040 12121212 13131313
    """
}
