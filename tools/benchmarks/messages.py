"""The messages that the clients of the benchmark send: forty in Dutch, the same for every assistant.

None of them needs the action server of this assistant, which is called only when a message is not understood.
"""

from __future__ import annotations

# Questions, small talk, roles, worries and threats, mixed as in real use.
MESSAGES = (
    "goedemiddag",
    "wat doet het ondersteuningsteam precies?",
    "ik ben wethouder",
    "hoe laat ik mijn huis controleren op veiligheid?",
    "is een gesprek met jullie vertrouwelijk",
    "ik word sinds vorige week bedreigd via whatsapp, hij schrijft dat hij mijn kinderen weet te vinden",
    "moet ik aangifte doen?",
    "dank u wel",
    "wie betaalt de schade aan mijn auto als die vernield is?",
    "welke trainingen zijn er voor raadsleden",
    "ben jij een robot?",
    "wat is de zelfscan persoonlijke veiligheid",
    "er staat elke avond dezelfde man bij mij in de straat en hij fotografeert ons huis",
    "wat zit er in het veiligheidspakket burgemeesters?",
    "wat is het telefoonnummer van het ondersteuningsteam",
    "ik slaap slecht sinds die raadsvergadering, iedereen schreeuwde naar mij",
    "kan de gemeente aangifte doen in plaats van mijzelf?",
    "wat kunt u allemaal voor mij doen",
    "hoe werkt het stelsel bewaken en beveiligen?",
    "ik ben burgemeester van een kleine gemeente",
    "mijn man en kinderen zijn bang geworden, wie helpt hen?",
    "ik heb vanmorgen een brief met een kogel in de brievenbus gevonden",
    "wat gebeurt er nadat ik het ondersteuningsteam heb gebeld?",
    "wat is sipa",
    "hallo",
    "iemand heeft mijn adres op facebook gezet en roept mensen op om langs te komen",
    "wat is het verschil tussen een melding en een aangifte?",
    "bewaart u wat ik hier typ?",
    "wanneer is het team bereikbaar?",
    "voor wie is het ondersteuningsteam bedoeld",
    "ik krijg dagelijks scheldmails van een inwoner over het azc en ik word er zenuwachtig van",
    "hoe vraag ik een veiligheidsgesprek aan?",
    "krijg ik hulp van een advocaat als ik word aangeklaagd?",
    "wie zitten er in het ondersteuningsteam?",
    "ik wil graag een mens spreken",
    "na de vergadering duwde een man mij tegen de muur en sloeg hij mij in mijn gezicht",
    "is er nazorg na een heftig incident",
    "krijgt een bestuurder camera's bij zijn woning?",
    "ik ben statenlid in een provincie en heb een vraag over beveiliging",
    "fijn, tot ziens",
)
# A server counts as started once it answers this message correctly.
FIRST_MESSAGE = "wat is een woningscan?"


def conversation(number: int, turns: int) -> list[str]:
    """Returns the messages of conversation `number`, a run of `MESSAGES` whose start depends on that number."""
    return [MESSAGES[(number * 7 + turn) % len(MESSAGES)] for turn in range(turns)]


def with_probe(number: int, turns: int, probed: tuple[int, ...]) -> list[str]:
    """Returns a conversation in which one message, the probe, occurs at each turn in `probed` (counted from 1).

    Only the same message at different places shows what the length of a conversation costs.
    """
    texts = conversation(number, turns)
    return [texts[0] if turn in probed else text for turn, text in enumerate(texts, 1)]
