"""The plain words that subjects and wishes of the corpus are made of."""


def _split(block: str) -> tuple[str, ...]:
    return tuple(block.split())


NOUNS = _split("""
cat dog fox hedgehog rabbit horse camel elephant tiger lion wolf bear deer owl eagle crane heron
sparrow parrot peacock butterfly bee dragonfly turtle frog fish whale dolphin octopus dragon phoenix
unicorn robot astronaut pirate knight wizard witch queen king princess dancer drummer fisherman
farmer baker potter weaver monk nun soldier sailor pilot doctor teacher student child children girl
boy woman man family grandmother grandfather couple crowd musician singer painter poet gardener
shepherd hunter chef waiter cyclist runner surfer skater climber house cottage castle temple church
mosque shrine palace tower bridge lighthouse windmill barn market shop cafe bakery library school
station train tram bus car bicycle boat ship canoe balloon airplane rocket harbour street alley
square garden park forest jungle meadow field valley mountain hill volcano river lake waterfall sea
ocean beach island desert dune canyon cave cliff coast village town city skyline road path gate
door window wall roof stairs fountain statue well lantern lamp candle fire smoke cloud rain storm
snow ice fog wind rainbow moon star sun sky tree flower rose tulip lotus sunflower orchid cactus
bamboo palm pine oak leaf apple orange lemon grape bread cake tea coffee soup noodles rice fruit
basket bowl cup teapot vase table chair carpet kite umbrella book letter map clock mirror mask
drum guitar violin flute piano bell crown sword shield hat coat dress scarf kimono sari robe boots
raincoats glasses ring necklace feather stone shell crystal feast festival wedding parade picnic
dance concert race game ceremony portrait landscape still-life raven swan goat sheep cow rooster
""")
ADJECTIVES = _split("""
red blue green yellow golden silver white black purple pink grey brown turquoise crimson pale dark
bright small tiny big huge tall long old ancient new young wooden stone iron glass paper marble
clay quiet silent busy lonely happy sad sleepy brave curious gentle wild calm stormy windy sunny
rainy snowy foggy misty frozen burning glowing shining striped spotted round square broken hidden
lost secret sacred royal humble rich poor beautiful strange funny playful dreamy mysterious magical
enchanted floating flying sleeping dancing running smiling laughing singing giant narrow steep deep
crowded empty abandoned ruined flowering blooming overgrown colourful embroidered carved painted
traditional modern futuristic rustic medieval winter summer autumn spring
""")
VERBS = _split("""
reading playing sleeping dancing running jumping flying swimming sailing riding walking sitting
standing waiting eating drinking cooking baking painting drawing writing singing laughing smiling
looking holding carrying selling buying making building weaving fishing climbing crossing watching
wearing chasing feeding hugging resting hiding dreaming racing
""")
PREPOSITIONS = (
    "in", "on", "under", "by", "near", "beside", "behind", "in front of", "above", "below",
    "between", "among", "inside", "outside", "at", "across", "along", "over", "beyond", "with",
    "without", "full of", "next to", "through", "around", "for", "from", "like", "into", "against",
)  # fmt: skip
NUMBERS = _split(
    "two three four five six seven eight nine ten twelve a\u00a0hundred 2 3 5 7 12 24 99"
)
NAMES = _split("""
Anna Ben Clara Daniel Elif Farah Giorgos Hanna Igor João Kenji Lucía Mateo Nadia Olga Priya Quentin
Rosa Sofía Tomás Ursula Viktor Wanjiru Xavier Yuki Zoë Amélie Björn Chloé Günther Işık Łukasz Noël
Oxford Lisbon Kyoto Marrakesh Oslo Prague Cairo Lima Zürich Málaga Reykjavík Québec O'Brien McLeod
""")
FOREIGN = (
    "un gato negro en la playa", "una casa blanca con flores rojas", "dos niños jugando al fútbol",
    "el viejo puente de piedra", "la niña con el paraguas azul", "un château au bord de la rivière",
    "le petit chat sur le toit", "une vieille maison bleue", "des enfants dans la neige",
    "ein kleines Haus im Wald", "der alte Leuchtturm", "eine rote Katze auf dem Dach",
    "zwei Mädchen mit Drachen", "das Schloss über dem Fluss", "un vecchio mulino a vento",
    "una ragazza con il violino", "la barca sul lago", "il mercato del pesce",
    "uma menina na praia",
    "o barco vermelho", "um café em Lisboa", "een rode fiets bij de gracht", "het oude huis",
    "en röd stuga vid sjön", "den gamle fiskeren", "kırmızı bir balon", "eski bir taş köprü",
    "rumah panggung di tepi sungai", "seekor kucing di atas atap", "mały czerwony domek",
    "stará věž na kopci", "o fată cu flori", "kis piros ház", "punainen talo järven rannalla",
    "một con mèo trắng", "pusa sa ilalim ng puno", "nyumba ndogo kando ya ziwa", "teach beag bán",
)  # fmt: skip
OTHER_SCRIPTS = (
    "кошка", "старый мост", "猫", "桜の木", "赤い灯台", "고양이", "γάτα", "παλιό σπίτι", "قطة",
    "बिल्ली", "красный дом", "城堡",
)  # fmt: skip
FUNCTION_WORDS = _split("""
the a an of and or to is are it its his her their my our your with without some many few every this
that these those who which where when while very more most less just only also not but as than then
no all both each de la el los en con y un une le les des du et der die das und ein eine mit im am
il lo di da uma os em na no van het een och på av
""")
CATEGORIES = (
    "landscape", "portrait", "architecture", "food", "fashion", "festival", "wildlife",
    "still life",
    "travel", "history", "street life", "children's book", "product", "nature", "sport", "music",
    "fantasy", "science fiction", "interior", "anime", "manga", "photography", "poster",
)  # fmt: skip
ERAS = (
    "Edo period", "medieval", "ancient", "Victorian", "1920s", "1960s", "18th century", "modern",
    "bronze age", "Ottoman era", "Tang dynasty", "Mughal era", "Renaissance", "1890s",
    "near future",
    "Heian period", "Inca times", "colonial era", "art deco", "17th century",
)  # fmt: skip
SEASONS = ("spring", "summer", "autumn", "winter", "rainy season", "harvest time", "dry season")
MOODS = (
    "serene", "peaceful", "dramatic", "joyful", "mysterious", "festive", "nostalgic", "romantic",
    "epic", "calm", "dreamy", "cosy", "melancholic", "solemn", "playful", "hopeful", "eerie",
    "warm and homely", "quiet", "proud", "energetic",
)  # fmt: skip
COLOURS = (
    "indigo and white", "deep red", "gold", "turquoise", "saffron", "emerald green", "warm ochre",
    "pale pink", "ivory", "black and gold", "cobalt blue", "terracotta", "silver grey", "jade",
    "vermilion", "sandy beige", "moss green", "lavender", "copper", "pastel colours", "earth tones",
    "monochrome", "blue and orange", "muted browns", "bright primary colours",
)  # fmt: skip
CULTURE_NAMES = _split("""
japanese chinese korean indian thai turkish egyptian moroccan ethiopian nigerian mexican peruvian
brazilian greek italian french dutch russian polish irish scottish norwegian persian arab mongolian
""")
REGIONS = (
    "East Asia", "South Asia", "Southeast Asia", "Middle East", "North Africa", "West Africa",
    "East Africa", "Latin America", "Southern Europe", "Northern Europe", "Eastern Europe",
    "Oceania", "Central Asia", "North America",
)  # fmt: skip
MOTIFS = (
    "paper lanterns", "stone lantern", "cherry blossom branches", "a red torii gate",
    "carved dragons",
    "blue glazed tiles", "an arched gate", "brass lamps", "woven carpets", "geometric patterns",
    "a tea set", "silk banners", "lotus flowers", "marigold garlands", "clay pots", "palm leaves",
    "olive trees", "whitewashed walls", "wooden shutters", "tulip fields", "a felt yurt",
    "drums and masks", "feather headdresses", "embroidered textiles", "paper cut banners",
    "a fishing boat", "pine trees", "snow-capped peaks", "a market stall", "rice terraces",
    "bamboo groves", "a prayer flag", "stained glass", "cobbled streets", "onion domes",
)  # fmt: skip
CARES = (
    "no stereotypes", "avoid sacred symbols as decoration", "show people with dignity",
    "no caricature", "keep dress modest at places of worship", "avoid mixing neighbouring cultures",
    "no war paint as costume", "respect religious sites", "no alcohol near sacred places",
    "avoid colonial clichés", "headdress only on those who may wear it", "no maps or borders",
    "avoid exotic clichés", "no weapons", "show living people, not a museum",
)  # fmt: skip
WRAPPERS = (
    "{s}", "{s}", "{s}", "{s}", "{s}.", "{s}!", "please draw {s}",
    "please draw {s}, for my daughter",
    "I want a picture of {s}", "a picture of {s} please", "can you make {s}?", "draw me {s}",
    "an image showing {s}", "{s}, for a birthday card", "show me {s}", "create {s} for our website",
    "something with {s}", "I would like to see {s}.", "{s}; make it nice", "paint {s}, thank you",
    "we need {s} for a poster", "make an image of {s}", "could I have {s}?", "{s} as a wallpaper",
    "My idea: {s}", "Hi! I'd love {s}", "for the cover of a book: {s}", "imagine {s}",
    "a gift for my mother: {s}", "a drawing of {s}", "the subject is {s}", "generate {s}",
    "a scene with {s}", "{s}, just for fun", "what about {s}", "{s} – surprise me",
)  # fmt: skip
