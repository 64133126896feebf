/** What the example's flows say, in German. */
export const GERMAN: Readonly<Record<string, string>> = {
  'A flow to be inspected': 'Ein Ablauf zum Anschauen',
  'Change your password': 'Passwort ändern',
  'Create an account': 'Konto anlegen',
  'Reset your password': 'Passwort zurücksetzen',
  'Set up an authenticator app': 'Authenticator-App einrichten',
  'Sign out': 'Abmelden',
  'Welcome back': 'Willkommen zurück',
  'Use at least 10 characters.': 'Nehmen Sie mindestens 10 Zeichen.',
  Email: 'E-Mail-Adresse',
  Name: 'Name',
  'New password': 'Neues Passwort',
  'New password (repeat)': 'Neues Passwort (noch einmal)',
  Password: 'Passwort',
  'Password (repeat)': 'Passwort (noch einmal)',
  'Show one stage more': 'Einen Schritt mehr zeigen',
  Username: 'Benutzername',
  'What is your favourite colour?': 'Was ist Ihre Lieblingsfarbe?'
}
