/*! lean-qr (nano), Copyright (c) 2021-2025 David Evans, MIT License */
export { correction, generate } from 'lean-qr/nano'
