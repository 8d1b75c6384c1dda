"""Words of several languages that join others and tell nothing themselves."""

from __future__ import annotations

_DETERMINERS = (
    "a an the my your our his her its their this that these those every each no any some",
    "el la los las un una unos unas su sus mi tu este esta cada",
    "der die das den dem des ein eine einen einem einer kein keine",
    "le les une du mon ma son sa ce cette",
    "il lo gli i uno",
    "o os as um uma",
    "de het een",
)

_CONNECTING = (
    "about above after again all also although am among and are around as at be because been",
    "before below between both but by can cannot could do does during for from had has have",
    "he here how if in into is it just may me more most must near not of off on only or other",
    "outside over she should since so such than them then there they through to too under",
    "until up upon us very was we were what when where which while who why will with within",
    "without would you al antes aunque bajo con contra cuando como del desde donde durante en",
    "entre es están estén ha hacia hasta lo mientras ni para pero por porque que se según si",
    "sido sin sobre son también tanto te tiene y ya ab aber als an auch auf aus bei bevor bis",
    "da damit dann denn durch er für gegen haben hat hatte hinter ich ihre ihrer im ins ist",
    "kann können man mehr mit muss nach nicht noch nur ob oder ohne sehr seit sich sie sind",
    "sollte sondern um und unter uns vom von vor war weil wenn wer werden wie wir wird wurde",
    "während zu zum zur zwischen zwar über ainsi alors après au aussi aux avant avec ces chez",
    "comme dans depuis doit donc elle est et ils je leur mais même moins ne notre nous ou par",
    "parce pas pendant peut plus pour quand qui sans selon sont sous sur très vers votre vous",
    "à être ad ai anche ancora che chi ci come dal dalla dei della delle dello di dopo e ed",
    "fino ma mentre nei nel nella nelle non per perché più prima può quando senza sono sopra",
    "sotto su sul ainda ao após até das depois dessa deve dos em isso já na nas não no nos",
    "pela pelo pode sem ser só são também às é aan bij dan dat deze die dit door geen heeft",
    "hij ik kan maar met moet naar niet nu om omdat onder ook op tegen tijdens tot uit van",
    "voor wanneer wat wel wij wordt ze zijn zonder",
)

DETERMINERS = frozenset(" ".join(_DETERMINERS).split())
"""Of English, Spanish, German, French, Italian, Portuguese and Dutch.

After a phrase that ends before one of these, what it speaks of is still to come.
"""

JOINING = DETERMINERS | frozenset(" ".join(_CONNECTING).split())
"""These, and prepositions, conjunctions, pronouns and auxiliaries."""
