// Before anything else: its first request.
import './api/first-request.ts';
import { mount } from 'svelte';
import 'maplibre-gl/dist/maplibre-gl.css';
import './app.css';
import Page from './Page.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no element #app.');

// The page is <root>map: its own address without the last part is the service's landing page.
mount(Page, { target, props: { root: new URL('.', location.href) } });
