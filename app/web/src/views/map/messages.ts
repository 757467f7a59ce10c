/** The texts of the map's own tools. */

export interface Messages {
  here: {
    without: string;
    states: Record<'known' | 'unknown' | 'unstated' | 'unread' | 'loading', string>;
  };
  order: {
    up: (title: string) => string;
    down: (title: string) => string;
    hint: string;
  };
  tools: {
    label: string;
    time: string;
    compare: string;
    measure: string;
    export: string;
    link: string;
    linked: string;
  };
  time: { day: string; slider: string; today: string; explain: string };
  compare: {
    start: string;
    stop: string;
    left: string;
    right: string;
    divider: string;
    today: string;
    layers: string;
    same: string;
    other: string;
  };
  measure: {
    explain: string;
    length: string;
    perimeter: string;
    area: string;
    undo: string;
    clear: string;
    addCentre: string;
    note: string;
  };
  export: {
    title: string;
    defaultTitle: string;
    png: string;
    pdf: string;
    legend: string;
    asOf: (day: string) => string;
    made: (time: string) => string;
    scale: (denominator: string) => string;
    projection: string;
    storage: (crs: string) => string;
    north: string;
    failed: string;
  };
  search: {
    label: string;
    placeholder: string;
    none: (text: string) => string;
    found: string;
    crs: string;
    at: (longitude: string, latitude: string) => string;
    failed: string;
  };
}
