"""The words that invented people and places are made of, and the frequency of each word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

Word = TypeVar("Word")


class Drawn(Generic[Word]):
    """Words with a weight for each; a word is drawn with a frequency in proportion to its weight."""

    def __init__(self, weights: Mapping[Word, float]) -> None:
        self.words: Sequence[Word] = tuple(weights)
        self._weights = list(accumulate(weights.values()))

    def draw(self, chance: Random) -> Word:
        """Return one of the words at random."""
        return chance.choices(self.words, cum_weights=self._weights)[0]


def falling(words: str) -> Drawn[str]:
    """Return words with falling weights: the first word is the most frequent one, as with real names."""
    return Drawn({word: 1 / (place + 8) for place, word in enumerate(words.split())})


@dataclass(frozen=True)
class Community:
    """People who share a language, and the frequencies of the names among them."""

    language: str
    race: Drawn[str]
    family: Drawn[str]
    women: Drawn[str]
    men: Drawn[str]
    is_hispanic: bool = False


_ENGLISH_WOMEN = (
    "Mary Patricia Linda Susan Karen Emma Olivia Ava Grace Hannah Margaret Dorothy Ruth Helen Carol Nancy Alice Joan"
    " Laura Julia Megan Emily Abigail Chloe Lily Zoe Nora Ella Ivy Hazel Violet Clara June Rose Eleanor Frances Judith"
    " Marjorie Beverly Denise Tamara Heather Kelsey Paige Brooke Willa Maeve Tess Greta Opal"
)
_ENGLISH_MEN = (
    "James John Robert Michael William David Thomas Charles Daniel Matthew Andrew Joseph Edward George Henry Samuel"
    " Jack Oliver Ethan Noah Liam Mason Lucas Owen Caleb Isaac Nathan Adam Peter Paul Walter Harold Arthur Ralph Carl"
    " Eugene Howard Gerald Dennis Terry Curtis Wesley Grant Spencer Miles Jasper Silas Theo Everett Hugo"
)
_ENGLISH_FAMILY = (
    "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Moore Jackson Martin Thompson White Harris"
    " Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson Carter Mitchell Roberts"
    " Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook Rogers Morgan Cooper Peterson"
    " Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson Brooks Bennett Gray Hughes Price Myers Long Foster"
    " Sanders Ross Powell Sullivan Russell Fisher Henderson Cole West Jordan Owens Reynolds Hamilton Graham Wallace"
    " Woods Stone Burns Hunt Palmer Mills Holmes Warren Knight Ferguson Spencer Gardner Payne Pierce Berry Matthews"
    " Arnold Wagner Willis Ray Watkins Olson Carroll Duncan Snyder Hart Cunningham Bradley Lane Andrews Harper Fox"
    " Abernathy Ashdown Birdsall Blackwood Calloway Chadwick Dunmore Eastman Fairbanks Garrick Hathaway Ingram Kendrick"
    " Langford Merriweather Northcott Oakley Pemberton Quigley Ravenscroft Sinclair Thackeray Underhill Vickers Wexler"
)
_SPANISH_WOMEN = (
    "Maria Guadalupe Ana Rosa Carmen Sofia Isabella Valentina Camila Lucia Elena Gabriela Marisol Ximena Paloma Rocio"
    " Teresa Beatriz Alma Dolores Esperanza Graciela Ines Jimena Leticia"
)
_SPANISH_MEN = (
    "Jose Juan Luis Carlos Jesus Miguel Mateo Santiago Sebastian Diego Alejandro Javier Rafael Manuel Ramon Felipe"
    " Emilio Joaquin Andres Hector Ignacio Leandro Marcos Octavio Tomas"
)
_SPANISH_FAMILY = (
    "Garcia Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Torres Flores Rivera Gomez Diaz Reyes"
    " Morales Cruz Ortiz Gutierrez Chavez Ramos Ruiz Alvarez Mendoza Vasquez Castillo Jimenez Moreno Romero Herrera"
    " Medina Aguilar Vargas Guzman Mendez Salazar Soto Delgado Pena Rios Alvarado Sandoval Contreras Valdez Estrada"
    " Figueroa Maldonado Cordova Escobedo Zamora"
)
_CHINESE_FAMILY = "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Luo Gao Liang Zheng Tang"
_CHINESE_WOMEN = "Mei Ying Xiu Lan Hui Jing Yan Fang Na Min Xue Lin Qing Rong Shan Wen Yue Zhen Ting Ai"
_CHINESE_MEN = "Wei Jun Ming Jian Hao Lei Tao Bo Feng Gang Hai Jie Kang Liang Peng Qiang Sheng Yong Zhi Chao"
_VIETNAMESE_FAMILY = "Nguyen Tran Le Pham Hoang Phan Vu Dang Bui Do Ho Ngo Duong Ly Dinh Trinh Mai Lam Luong Cao"
_VIETNAMESE_WOMEN = "Linh Hoa Lan Mai Thuy Huong Ngoc Trang Thao Nga Phuong Yen Anh Hanh Loan Tuyet Van Xuan Bich Diep"
_VIETNAMESE_MEN = "Minh Hung Duc Tuan Khanh Long Quang Thanh Hieu Nam Phuc Son Tai Trung Viet Bao Cuong Dung Hai Kien"
_INDIAN_FAMILY = (
    "Patel Sharma Singh Kumar Gupta Reddy Rao Shah Mehta Iyer Nair Desai Joshi Verma Menon Bhatt Das Chopra"
)
_INDIAN_WOMEN = "Priya Anjali Sunita Kavita Meera Lakshmi Divya Pooja Neha Asha Radha Shanti Leela Nisha Rekha Usha"
_INDIAN_MEN = "Raj Amit Vijay Sanjay Arjun Rahul Anil Suresh Ravi Kiran Mohan Nikhil Prakash Rohan Ashok Deepak"

_WHITE = Drawn({"White": 76, "Black or African American": 18, "Other Race": 3, "Unknown": 2,
                "American Indian or Alaska Native": 1})  # fmt: skip
_ASIAN = Drawn({"Asian": 96, "Other Race": 3, "Unknown": 1})

COMMUNITIES = Drawn({
    Community("en", _WHITE, falling(_ENGLISH_FAMILY), falling(_ENGLISH_WOMEN), falling(_ENGLISH_MEN)): 78,
    Community("es", Drawn({"White": 60, "Other Race": 32, "Unknown": 8}), falling(_SPANISH_FAMILY),
              falling(_SPANISH_WOMEN), falling(_SPANISH_MEN), is_hispanic=True): 14,
    Community("zh", _ASIAN, falling(_CHINESE_FAMILY), falling(_CHINESE_WOMEN), falling(_CHINESE_MEN)): 3,
    Community("vi", _ASIAN, falling(_VIETNAMESE_FAMILY), falling(_VIETNAMESE_WOMEN), falling(_VIETNAMESE_MEN)): 2,
    Community("en", _ASIAN, falling(_INDIAN_FAMILY), falling(_INDIAN_WOMEN), falling(_INDIAN_MEN)): 3,
})  # fmt: skip

SEX = Drawn({"Female": 51.2, "Male": 48.2, "Nonbinary": 0.3, "Unknown": 0.3})
AGES = Drawn({(0, 1): 2.5, (1, 18): 17, (18, 45): 32, (45, 65): 26, (65, 85): 19, (85, 101): 3.5})
"""Ranges of age in years, with their weights: patients of hospitals are older than the general population."""
MARRIED = Drawn({"Married": 52, "Single": 27, "Divorced": 11, "Widowed": 6, "Domestic partner": 2, "Separated": 2})
WIDOWED = Drawn({"Married": 45, "Widowed": 38, "Divorced": 10, "Single": 6, "Unknown": 1})

TOWNS = falling(
    "Harrow-Vale Millbrook Eastmere Stonebridge Ashwick Fallowfield Brightwater Kingsmarsh Oldcastle Pinehurst Redwick"
    " Summerton Thornbury Upwell Wexcombe Yarrow Alderby Beechmont Coldstream Drayton Elmstead Foxley Greyshore Holmby"
)
STREETS = falling(
    "Main Oak Maple Church Mill Park Elm Orchard Tannery Weir Chapel Station Ferry Quarry Saltmarsh Foundry Heron"
    " Juniper Larkspur Meadow Northfield Pasture Ropewalk Sycamore Turnpike Vineyard Windmill Yew"
)
WAYS = Drawn({"Street": 45, "Road": 20, "Avenue": 15, "Lane": 12, "Court": 8})
AREAS = ("802", "413", "603", "207", "518", "860", "978", "508", "401", "716")
"""Area codes; the numbers 555-0100 to 555-0199 behind them are reserved for fiction."""

INSURERS = Drawn({
    ("Green Hills Mutual", "GHM-1", "Green Hills Standard"): 30,
    ("Granite Health", "GRH-4", "Granite Choice"): 22,
    ("Lakeshore Benefit", "LKB-2", "Lakeshore Plus"): 16,
    ("Two Rivers Care", "TRC-7", "Two Rivers Basic"): 12,
})  # fmt: skip
FOR_THE_OLD = ("Elder Care Fund", "ECF-1", "Elder Care Part A")
FOR_THE_POOR = ("State Aid", "SA-1", "State Aid Full")

SPECIALTIES = (
    "Cardiology", "Family Medicine", "Internal Medicine", "Pediatrics", "Orthopedics", "Dermatology", "Neurology",
    "Oncology", "Obstetrics", "Ophthalmology", "Urology", "Gastroenterology", "Endocrinology", "Pulmonology",
    "Nephrology", "Rheumatology", "Allergy", "Radiology", "Physical Therapy", "Psychiatry", "Surgery", "Otolaryngology",
    "Hematology", "Podiatry",
)  # fmt: skip
REASONS_TO_COME = Drawn({
    "Follow-up": 34, "Annual check-up": 16, "New patient": 12, "Medication review": 9, "Blood pressure": 7, "Pain": 6,
    "Rash": 4, "Cough": 4, "Vaccination": 4, "Screening": 4,
})  # fmt: skip
REASONS_TO_STAY = Drawn({
    "Shortness of breath": 16, "Chest pain": 15, "Abdominal pain": 14, "Fall": 11, "Fever": 10, "Planned surgery": 18,
    "Delivery": 8, "Stroke symptoms": 4, "Infection": 4,
})  # fmt: skip
REASONS_FOR_EMERGENCY = Drawn({
    "Chest pain": 18, "Abdominal pain": 17, "Injury": 20, "Fever": 14, "Headache": 9, "Back pain": 8, "Dizziness": 8,
    "Laceration": 6,
})  # fmt: skip
REASONS_TO_CANCEL = Drawn({"Patient request": 52, "Provider unavailable": 22, "Weather": 8, "Feeling better": 18})
REASONS_TO_MISS = Drawn({"No reason given": 60, "Forgot": 25, "Transportation": 15})
LEFT_FOR = Drawn({("01", "Home"): 74, ("06", "Home health care"): 12, ("03", "Nursing facility"): 11,
                  ("02", "Another hospital"): 3})  # fmt: skip
