"""Names and codes as the bureaus write them.

References
----------
.. [1] TD/T 1001-2012 《地籍调查规程》 and GB/T 37346-2019 《不动产单元设定与代码编制规则》: parcel code (宗地代码).
.. [2] GB 32100-2015 《法人和其他组织统一社会信用代码编码规则》, GB 11714-1997 《全国组织机构代码编制规则》: check characters.
.. [3] GB/T 2260: 430121 is Changsha County (长沙县).
"""

from sample_layers.chance import choose

COUNTY = "430121"
COUNTY_NAME = "长沙县"
# Twelve digits: county, township, village (GB/T 10114); the name is invented.
TOWNSHIP = f"{COUNTY}101001"
TOWNSHIP_NAME = "示例街道"

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)

_FIRM_FIRST = "宏远盛泰恒瑞华鼎信联星沙湘江力达科创新锐"
_FIRM_TRADES = (
    "精密机械",
    "汽车零部件",
    "工程机械",
    "新材料",
    "电子科技",
    "智能装备",
    "食品",
    "生物医药",
    "包装",
    "物流",
)


def parcel_code(district: int, subdistrict: int, number: int, feature: str = "GB") -> str:
    """Return a parcel code of 19 characters.

    Parameters
    ----------
    district, subdistrict : int
        地籍区 and 地籍子区, each up to 999.
    number : int
        Sequence number in the subdistrict, up to 99999.
    feature : str
        特征码: ``GB`` state-owned construction land, ``GS`` the same above ground, ``JC`` collective homestead [1]_.

    Returns
    -------
    str

    Examples
    --------
    >>> from sample_layers.naming import parcel_code
    >>> parcel_code(1, 2, 11)
    '430121001002GB00011'
    """
    return f"{COUNTY}{district:03d}{subdistrict:03d}{feature}{number:05d}"


def credit_code(number: int) -> str:
    """Return a unified social credit code with correct check characters [2]_.

    Parameters
    ----------
    number : int
        Up to 9999; the organisation number it stands in, ``MAXL....``, is made up.

    Returns
    -------
    str
        18 characters.

    Examples
    --------
    >>> from sample_layers.naming import credit_code
    >>> len(credit_code(1)), credit_code(1)[:12]
    (18, '91430121MAXL')
    """
    organisation = f"MAXL{number:04d}"
    weighted = sum(
        weight * _ORGANISATION_ALPHABET.index(sign)
        for weight, sign in zip(_ORGANISATION_WEIGHTS, organisation, strict=True)
    )
    check = "0123456789X"[(11 - weighted % 11) % 11]
    body = f"91{COUNTY}{organisation}{check}"
    total = sum(_CREDIT_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(body))
    return body + _CREDIT_ALPHABET[(31 - total % 31) % 31]


def firm_name(number: int) -> str:
    """Return the name of an invented firm; every one says that it is an example.

    Examples
    --------
    >>> from sample_layers.naming import firm_name
    >>> firm_name(3).startswith("湖南示例")
    True
    """
    first = choose(_FIRM_FIRST, "firm", number, 1) + choose(_FIRM_FIRST, "firm", number, 2)
    return f"湖南示例{first}{choose(_FIRM_TRADES, 'firm', number, 3)}{number:03d}号有限公司"


def feature_number(layer: int, number: int) -> str:
    """Return the 18-digit identifier (标识码, BSM) of a feature.

    Examples
    --------
    >>> from sample_layers.naming import feature_number
    >>> feature_number(12, 345)
    '430121001200000345'
    """
    return f"{COUNTY}{layer:04d}{number:08d}"


def road_name(place: str) -> str:
    """Return the name of a road or waterway of the layout.

    Examples
    --------
    >>> from sample_layers.naming import road_name
    >>> road_name("road-ns-03"), road_name("road-ew-10"), road_name("river")
    ('东四路', '北十一路', '示例河')
    """
    if place == "river":
        return "示例河"
    if place == "district":
        return "园区支路"
    if not place.startswith("road-"):
        return "村道"
    _, direction, number = place.split("-")
    return f"{'东' if direction == 'ns' else '北'}{_numeral(int(number) + 1)}路"


def _numeral(number: int) -> str:
    """Write 1 to 19 in Chinese."""
    digits = "零一二三四五六七八九"
    if number < 10:
        return digits[number]
    return "十" + (digits[number - 10] if number > 10 else "")
