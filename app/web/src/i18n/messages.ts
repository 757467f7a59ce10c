/** Every text of the page, in both languages under the same names. */

import type { IdleKind, Verdict } from '../api/types.ts';
import type { Language } from './language.ts';

export interface Messages {
  app: { subtitle: string; title: string; map: string; mapHint: string; otherLanguage: string; loading: string };
  tabs: { label: string; layers: string; findings: string; idle: string; collapse: string; expand: string };
  search: { label: string; placeholder: string; submit: string; none: (code: string) => string; several: string };
  layers: {
    groups: { result: string; parcel: string; control_area: string; plan: string; reference: string };
    show: (title: string) => string;
    details: (title: string) => string;
    opacity: string;
    zoom: string;
    features: (count: string) => string;
    failedTiles: (count: string) => string;
    empty: string;
    none: string;
  };
  findings: {
    label: string;
    verdict: string;
    layer: string;
    any: string;
    none: string;
    noneFiltered: string;
    noLayer: string;
    loaded: (shown: string, total: string | null) => string;
    more: string;
    sliver: string;
    artefact: string;
    share: string;
    article: string;
    remedy: string;
    rule: string;
    zoom: (code: string) => string;
  };
  idle: {
    label: string;
    kind: string;
    any: string;
    none: string;
    noneFiltered: string;
    noLayer: string;
    contract: string;
    agreedStart: string;
    idleSince: string;
    grossDays: string;
    netDays: string;
    developed: string;
    invested: string;
    asOf: (date: string) => string;
    missing: string;
    days: (count: string) => string;
  };
  parcel: {
    heading: string;
    noCode: string;
    use: string;
    holder: string;
    name: string;
    areas: string;
    registered: string;
    ellipsoidal: string;
    legal: string;
    planar: string;
    difference: string;
    unknown: string;
    findings: string;
    noFindings: string;
    noFindingsHint: string;
    idle: string;
    noIdle: string;
    attributes: string;
    alsoHere: string;
    overlapping: string;
    zoom: string;
    close: string;
    here: string;
  };
  units: { squareMetre: string; hectare: string; mu: string };
  map: { zoomIn: string; zoomOut: string; fit: string; coordinates: string; unsupported: string };
  problems: {
    collections: string;
    layer: (title: string) => string;
    tiles: (title: string) => string;
    list: string;
    parcel: string;
    search: string;
    map: string;
    noAnswer: string;
    status: (status: number) => string;
    needsKey: string;
    retry: string;
    dismiss: string;
    region: string;
  };
  key: { open: string; heading: string; explain: string; label: string; save: string; forget: string; cancel: string };
  verdicts: Record<Verdict, string>;
  idleKinds: Record<IdleKind, string>;
  /** Names of the properties that the sample's collections have. */
  properties: Record<string, string>;
  /** Names of the values of `control_zone`. */
  zones: Record<string, string>;
}

const zh: Messages = {
  app: {
    title: '多规',
    subtitle: '多规合一 · 一张图',
    map: '地图',
    mapHint: '方向键移动,加减键缩放,回车键查询地图中心。',
    otherLanguage: 'English',
    loading: '正在载入',
  },
  tabs: {
    label: '面板',
    layers: '图层',
    findings: '检查结果',
    idle: '闲置土地',
    collapse: '收起面板',
    expand: '展开面板',
  },
  search: {
    label: '按宗地编号查找',
    placeholder: '宗地编号',
    submit: '查找',
    none: (code) => `没有编号为“${code}”的宗地。`,
    several: '有多宗地使用该编号,请选择:',
  },
  layers: {
    groups: { result: '结果', parcel: '宗地', control_area: '管控边界', plan: '规划', reference: '参考' },
    show: (title) => `显示${title}`,
    details: (title) => `${title}:图例与不透明度`,
    opacity: '不透明度',
    zoom: '缩放至图层',
    features: (count) => `${count} 个要素`,
    failedTiles: (count) => `${count} 块瓦片载入失败`,
    empty: '无要素',
    none: '服务中还没有已生效的图层。',
  },
  findings: {
    label: '检查结果列表',
    verdict: '结论',
    layer: '管控图层',
    any: '全部',
    none: '没有检查结果。未检查不等于没有约束。',
    noneFiltered: '没有符合条件的检查结果。',
    noLayer: '服务没有检查结果图层:尚未运行检查。',
    loaded: (shown, total) => (total === null ? `已载入 ${shown} 条` : `已载入 ${shown} / ${total} 条`),
    more: '继续载入',
    sliver: '细碎重叠',
    artefact: '制图误差',
    share: '占宗地',
    article: '依据',
    remedy: '处理建议',
    rule: '规则',
    zoom: (code) => `缩放至宗地 ${code} 的检查结果`,
  },
  idle: {
    label: '闲置土地列表',
    kind: '类型',
    any: '全部',
    none: '没有闲置土地线索。',
    noneFiltered: '没有符合条件的闲置土地线索。',
    noLayer: '服务没有闲置土地图层:尚未运行扫描。',
    contract: '合同编号',
    agreedStart: '约定动工日期',
    idleSince: '闲置起算',
    grossDays: '闲置天数',
    netDays: '扣除政府原因后',
    developed: '已开发面积',
    invested: '已投资额',
    asOf: (date) => `截至 ${date}`,
    missing: '缺少资料',
    days: (count) => `${count} 天`,
  },
  parcel: {
    heading: '宗地',
    noCode: '(无编号)',
    use: '土地用途',
    holder: '权利人',
    name: '名称',
    areas: '面积',
    registered: '登记面积',
    ellipsoidal: '椭球面积',
    legal: '法定',
    planar: '平面面积',
    difference: '登记与椭球之差',
    unknown: '未登记',
    findings: '检查结果',
    noFindings: '没有记录检查结果。',
    noFindingsHint: '未检查的图层不等于没有约束。',
    idle: '闲置状态',
    noIdle: '没有闲置线索。',
    attributes: '源数据属性',
    alsoHere: '此处的其他图层',
    overlapping: '此处有多宗地重叠',
    zoom: '缩放至宗地',
    close: '关闭',
    here: '此处',
  },
  units: { squareMetre: '平方米', hectare: '公顷', mu: '亩' },
  map: {
    zoomIn: '放大',
    zoomOut: '缩小',
    fit: '显示全部',
    coordinates: '指针所在经纬度',
    unsupported: '此浏览器没有可用的 WebGL 2,无法绘制地图。',
  },
  problems: {
    collections: '无法读取图层列表',
    layer: (title) => `无法载入图层“${title}”`,
    tiles: (title) => `图层“${title}”有瓦片载入失败,地图不完整`,
    list: '无法读取列表',
    parcel: '无法读取宗地',
    search: '查找失败',
    map: '地图出错',
    noAnswer: '服务没有应答。',
    status: (status) => `HTTP ${status}`,
    needsKey: '此服务需要访问密钥。',
    retry: '重试',
    dismiss: '关闭提示',
    region: '提示',
  },
  key: {
    open: '访问密钥',
    heading: '访问密钥',
    explain: '密钥只保存在此浏览器标签页中,关闭标签页即清除。',
    label: '密钥',
    save: '使用',
    forget: '清除',
    cancel: '取消',
  },
  verdicts: { DENY: '禁止', REVIEW: '需审查', NO_DATA: '无数据', WARN: '提示', PASS: '通过' },
  idleKinds: {
    idle_not_started: '闲置:未动工(第二条第一款)',
    idle_suspended: '疑似闲置:中止开发(第二条第二款)',
    late_start: '逾期动工',
    insufficient_data: '资料不足',
  },
  properties: {
    parcel_code: '宗地编号',
    zone_code: '分类代码',
    zone_name: '分类名称',
    code_version: '代码标准',
    floor_area_ratio_max: '容积率上限',
    building_height_max_m: '限高(米)',
    building_density_max: '建筑密度上限',
    green_ratio_min: '绿地率下限',
    control_code: '编号',
    control_name: '名称',
    control_zone: '分区',
    feature_code: '编码',
    feature_name: '名称',
    land_use_code: '用途代码',
    verdict: '结论',
    kind: '类型',
    area_ellipsoid_m2: '椭球面积(平方米)',
  },
  zones: {
    core: '核心保护区',
    general: '一般控制区',
    '01': '集中建设区',
    '02': '弹性发展区',
    '03': '特别用途区',
    key: '重点开发区',
    restricted: '限制开发区',
    forbidden: '禁止开发区',
  },
};

const en: Messages = {
  app: {
    title: 'Duogui',
    subtitle: 'One land map',
    map: 'Map',
    mapHint: 'Arrow keys move, plus and minus zoom, Enter asks about the centre of the map.',
    otherLanguage: '中文',
    loading: 'Loading',
  },
  tabs: {
    label: 'Panels',
    layers: 'Layers',
    findings: 'Findings',
    idle: 'Idle land',
    collapse: 'Collapse the panel',
    expand: 'Open the panel',
  },
  search: {
    label: 'Find a parcel by its code',
    placeholder: 'Parcel code',
    submit: 'Find',
    none: (code) => `No parcel has the code “${code}”.`,
    several: 'Several parcels carry this code. Choose one:',
  },
  layers: {
    groups: {
      result: 'Results',
      parcel: 'Parcels',
      control_area: 'Control areas',
      plan: 'Plans',
      reference: 'Reference',
    },
    show: (title) => `Show ${title}`,
    details: (title) => `${title}: legend and opacity`,
    opacity: 'Opacity',
    zoom: 'Zoom to the layer',
    features: (count) => `${count} features`,
    failedTiles: (count) => `${count} tiles failed to load`,
    empty: 'No features',
    none: 'The service has no layer in force yet.',
  },
  findings: {
    label: 'List of findings',
    verdict: 'Verdict',
    layer: 'Control layer',
    any: 'All',
    none: 'No findings. Not checked does not mean no constraint.',
    noneFiltered: 'No finding matches.',
    noLayer: 'The service has no layer of findings: no check has run yet.',
    loaded: (shown, total) => (total === null ? `${shown} loaded` : `${shown} of ${total} loaded`),
    more: 'Load more',
    sliver: 'Sliver',
    artefact: 'Drawing artefact',
    share: 'of the parcel',
    article: 'Basis',
    remedy: 'What to do',
    rule: 'Rule',
    zoom: (code) => `Zoom to the finding on parcel ${code}`,
  },
  idle: {
    label: 'List of idle land',
    kind: 'Kind',
    any: 'All',
    none: 'No idle land case.',
    noneFiltered: 'No idle land case matches.',
    noLayer: 'The service has no layer of idle land: no scan has run yet.',
    contract: 'Contract',
    agreedStart: 'Agreed start',
    idleSince: 'Idle since',
    grossDays: 'Days idle',
    netDays: 'Net of causes of government',
    developed: 'Land developed',
    invested: 'Invested',
    asOf: (date) => `as of ${date}`,
    missing: 'Missing',
    days: (count) => `${count} days`,
  },
  parcel: {
    heading: 'Parcel',
    noCode: '(no code)',
    use: 'Land use',
    holder: 'Holder',
    name: 'Name',
    areas: 'Areas',
    registered: 'Registered',
    ellipsoidal: 'Ellipsoidal',
    legal: 'legal',
    planar: 'Planar',
    difference: 'Registered less ellipsoidal',
    unknown: 'not registered',
    findings: 'Findings',
    noFindings: 'No finding is recorded.',
    noFindingsHint: 'A layer that was not checked is not a layer without constraint.',
    idle: 'Idle state',
    noIdle: 'No idle case.',
    attributes: 'Attributes of the source',
    alsoHere: 'Other layers here',
    overlapping: 'Several parcels overlap here',
    zoom: 'Zoom to the parcel',
    close: 'Close',
    here: 'Here',
  },
  units: { squareMetre: 'm²', hectare: 'ha', mu: 'mu' },
  map: {
    zoomIn: 'Zoom in',
    zoomOut: 'Zoom out',
    fit: 'Show everything',
    coordinates: 'Longitude and latitude at the pointer',
    unsupported: 'This browser offers no WebGL 2, so the map cannot be drawn.',
  },
  problems: {
    collections: 'The list of layers could not be read',
    layer: (title) => `The layer “${title}” could not be loaded`,
    tiles: (title) => `Tiles of “${title}” failed to load; the map is incomplete`,
    list: 'The list could not be read',
    parcel: 'The parcel could not be read',
    search: 'The search failed',
    map: 'The map met an error',
    noAnswer: 'The service did not answer.',
    status: (status) => `HTTP ${status}`,
    needsKey: 'This service needs an access key.',
    retry: 'Try again',
    dismiss: 'Dismiss',
    region: 'Messages',
  },
  key: {
    open: 'Access key',
    heading: 'Access key',
    explain: 'The key stays in this browser tab and is forgotten when the tab closes.',
    label: 'Key',
    save: 'Use',
    forget: 'Forget',
    cancel: 'Cancel',
  },
  verdicts: { DENY: 'Deny', REVIEW: 'Review', NO_DATA: 'No data', WARN: 'Warning', PASS: 'Pass' },
  idleKinds: {
    idle_not_started: 'Idle: not started (art. 2(1))',
    idle_suspended: 'Suspected idle: suspended (art. 2(2))',
    late_start: 'Late start',
    insufficient_data: 'Insufficient data',
  },
  properties: {
    parcel_code: 'Parcel code',
    zone_code: 'Class',
    zone_name: 'Class name',
    code_version: 'Code standard',
    floor_area_ratio_max: 'Floor area ratio, max',
    building_height_max_m: 'Building height, max (m)',
    building_density_max: 'Building density, max',
    green_ratio_min: 'Green ratio, min',
    control_code: 'Code',
    control_name: 'Name',
    control_zone: 'Zone',
    feature_code: 'Code',
    feature_name: 'Name',
    land_use_code: 'Use code',
    verdict: 'Verdict',
    kind: 'Kind',
    area_ellipsoid_m2: 'Ellipsoidal area (m²)',
  },
  zones: {
    core: 'Core protection zone',
    general: 'General control zone',
    '01': 'Concentrated building area',
    '02': 'Elastic development area',
    '03': 'Special use area',
    key: 'Key development zone',
    restricted: 'Restricted development zone',
    forbidden: 'Forbidden development zone',
  },
};

export const MESSAGES: Record<Language, Messages> = { zh, en };
